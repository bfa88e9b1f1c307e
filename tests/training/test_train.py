import pytest
import torch
from transformers import BertConfig, BertModel

from embeddings.model.export import TOKENIZER
from embeddings.model.layers import read_layers
from embeddings.model.tokenizer import Tokenizer, write_tokenizer
from retrieval.reader import HEADS
from training import train
from training.examples import Example, ReadingText

WORDS = "query : vem leder skolan i umeå anna berg är rektor stängt ? lunds bibliotek och".split()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A tiny encoder and its tokenizer."""
    place = tmp_path_factory.mktemp("model")
    pieces = ["<s>", "<pad>", "</s>", "<unk>", *(f"▁{word}" for word in WORDS)]
    vocabulary = [(piece, -1.0) for piece in pieces]
    write_tokenizer(place / TOKENIZER, vocabulary, unknown=3, control=(0, 1, 2))
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=64,
    )  # fmt: skip
    torch.manual_seed(0)
    BertModel(config, add_pooling_layer=False).save_pretrained(place)
    return place


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(train, "QUESTIONS", 2)
    monkeypatch.setattr(train, "CHECKPOINT_STEPS", 2)
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def reading(text, *answers):
    spans = [(text.index(answer), text.index(answer) + len(answer)) for answer in answers]
    return ReadingText(text, 0, tuple(spans))


EXAMPLES = [
    Example("a", "vem leder skolan ?", "", (reading("anna berg leder skolan", "anna berg"),),
            (reading("lunds bibliotek är stängt"),)),
    Example("a", "är bibliotek stängt ?", "", (),
            (reading("skolan i umeå"), reading("anna berg"))),
    Example("a", "är lunds bibliotek stängt ?", "", (
        reading("lunds bibliotek är stängt", "lunds bibliotek är stängt"),
    ), (reading("umeå"),), "ja"),
    Example("a", "vem ?", "skolan i umeå ?", (reading("anna och berg", "anna", "berg"),),
            (reading("rektor"),)),
]  # fmt: skip


def make_trainer(folder, work, steps=6, start=None, **given):
    work.mkdir(exist_ok=True)
    return train.Trainer(folder, work, EXAMPLES, steps, start, **given)


def weights(trainer):
    return {name: value.detach().clone() for name, value in trainer.model.trained().items()}


def targets_of(folder, *readings, question="vem"):
    tokenize = Tokenizer(folder / TOKENIZER).encode_pair
    return train.make_targets(tokenize, question, "", readings)


# The model


def test_attention_by_products_gives_what_the_plain_model_gives(folder):
    texts = [reading("anna berg leder skolan"), reading("umeå")]
    targets = targets_of(folder, *texts)
    ids, mask = train.batch_tensors([target.input for target in targets])
    plain = BertModel.from_pretrained(folder, add_pooling_layer=False, attn_implementation="eager")
    model = train.ReaderModel(folder).eval()
    with torch.no_grad():
        expected = plain.eval()(input_ids=ids, attention_mask=mask).last_hidden_state
        found = model.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
    assert mask.sum(dim=1).unique().numel() == 2  # one of them is padded
    torch.testing.assert_close(found[mask.bool()], expected[mask.bool()], rtol=1e-4, atol=1e-5)


# Training


def test_a_run_that_was_stopped_goes_on_to_the_same_end(folder, tmp_path):
    whole = make_trainer(folder, tmp_path / "whole")
    losses = dict(whole.run())

    first = make_trainer(folder, tmp_path / "parts")
    steps = first.run()
    early = dict(next(steps) for _ in range(4))
    steps.close()
    second = make_trainer(folder, tmp_path / "parts")
    late = dict(second.run())

    assert list(late) == [5, 6]
    assert early | late == pytest.approx(losses, rel=1e-3)
    for name, value in weights(whole).items():
        assert torch.allclose(value, weights(second)[name], atol=1e-4), name


def test_a_run_that_was_finished_does_nothing_more(folder, tmp_path):
    list(make_trainer(folder, tmp_path).run())
    again = make_trainer(folder, tmp_path)
    assert list(again.run()) == []
    assert again.step == 6


def test_training_lowers_the_loss(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(train, "WARM_UP", 1)
    monkeypatch.setattr(train, "HEADS_TIMES", 1)
    # A model this small learns little at the usual rate.
    losses = [loss for _, loss in make_trainer(folder, tmp_path, 60, rate=0.01).run()]
    assert sum(losses[-5:]) < 0.6 * sum(losses[:5])


def test_the_word_embeddings_stay_as_they_are_and_all_else_is_trained(folder, tmp_path):
    trainer = make_trainer(folder, tmp_path)
    before = trainer.model.encoder.embeddings.word_embeddings.weight.detach().clone()
    assert not any("embeddings" in name for name in trainer.model.trained())
    untrained = weights(trainer)
    list(trainer.run())
    assert torch.equal(trainer.model.encoder.embeddings.word_embeddings.weight, before)
    # A key's bias adds the same to all that a token looks at, so it never learns anything.
    same = {name for name, value in weights(trainer).items() if torch.equal(value, untrained[name])}
    assert all(name.endswith("key.bias") for name in same)


# The file


def test_two_readers_are_averaged(folder, tmp_path):
    trainer = make_trainer(folder, tmp_path / "one")
    before = weights(trainer)
    trainer.export(tmp_path / "reader.onnx")
    list(trainer.run())
    trained = weights(trainer)
    trainer.average(tmp_path / "reader.onnx")
    for name, value in weights(trainer).items():
        mean = (before[name] + trained[name]) / 2
        assert value.numpy() == pytest.approx(
            mean.numpy(), abs=0.005 * float(before[name].abs().max()) + 1e-6
        )


def test_what_is_written_is_read_with_the_heads_as_one(folder, tmp_path):
    trainer = make_trainer(folder, tmp_path)
    list(trainer.run())
    trainer.export(tmp_path / "new" / "reader.onnx")
    back, trained = read_layers(tmp_path / "new" / "reader.onnx"), weights(trainer)
    assert back["head.weight"].shape == (10, 16)
    for kind in ("weight", "bias"):
        heads = [trained.pop(f"{name}.{kind}") for name in HEADS]
        assert back.pop(f"head.{kind}") == pytest.approx(torch.cat(heads).numpy())
    assert back.keys() == trained.keys()
    for name, value in trained.items():
        assert back[name] == pytest.approx(value.numpy(), abs=0.005 * float(value.abs().max()))


def test_the_types_of_answers_are_fitted_without_a_change_of_the_rest(folder, tmp_path):
    trainer = make_trainer(folder, tmp_path)
    before = {name: value.clone() for name, value in weights(trainer).items()}
    trainer.fit_answer_types()
    changed = {name for name, value in weights(trainer).items()
               if not torch.equal(value, before[name])}  # fmt: skip
    assert changed == {"answer_type.weight", "answer_type.bias"}


def test_training_goes_on_from_what_was_written(folder, tmp_path):
    first = make_trainer(folder, tmp_path / "first")
    list(first.run())
    first.export(tmp_path / "reader.onnx")
    second = make_trainer(folder, tmp_path / "second", start=tmp_path / "reader.onnx")
    assert second.step == 0
    for name, value in weights(first).items():
        limit = 0.005 * float(value.abs().max())
        assert weights(second)[name].numpy() == pytest.approx(value.numpy(), abs=limit), name


# Targets


def test_each_part_of_an_answer_is_tagged_and_has_a_beginning_and_an_end(folder):
    text = "rektor är anna berg och lunds bibliotek"
    [target] = targets_of(folder, reading(text, "anna berg", "bibliotek"))
    tagged = [text[slice(*target.input.where[row])] + f"/{tag}"
              for row, tag in enumerate(target.tags) if tag != train.OUTSIDE]  # fmt: skip
    assert tagged == ["anna/1", "berg/2", "bibliotek/1"]
    ends = [(text[target.input.where[first][0] : target.input.where[last][1]])
            for first, last in zip(target.starts, target.ends, strict=True)]  # fmt: skip
    assert ends == ["anna berg", "bibliotek"]
    assert target.answers


def test_parts_that_stand_together_begin_each_for_itself(folder):
    [target] = targets_of(folder, reading("anna berg", "anna", "berg"))
    assert [tag for tag in target.tags if tag] == [train.BEGIN, train.BEGIN]


def test_a_passage_without_an_answer_tags_nothing(folder):
    [target] = targets_of(folder, reading("rektor är anna berg"))
    assert set(target.tags) == {train.OUTSIDE}
    assert (target.starts, target.ends, target.answers) == ([], [], False)


def test_an_answer_that_is_cut_off_is_not_trained_on(folder, monkeypatch):
    monkeypatch.setattr("retrieval.reader.MAX_TOKENS", 9)
    kept, cut = targets_of(folder, reading("är anna är är är är", "anna"),
                           reading("är är är är anna", "anna"))  # fmt: skip
    assert kept.answers
    assert not cut.answers


# The loss


def said(targets, relevance, sure=9.0):
    """The logits of a reader that tags rightly, and is so sure that each passage answers."""
    logits = []
    for target, logit in zip(targets, relevance, strict=True):
        tags = torch.nn.functional.one_hot(torch.tensor(target.tags), 3) * sure
        span = torch.full((2, len(target.tags)), -sure)
        span[0, target.starts or [0]] = span[1, target.ends or [0]] = sure
        logits.append(train.Logits(tags.float(), span, torch.tensor(logit),
                                   torch.tensor([sure, 0.0, 0.0, 0.0])))  # fmt: skip
    return logits


def test_the_right_words_cost_nothing_and_the_wrong_passage_much(folder):
    answer, other = reading("anna berg leder", "anna berg"), reading("umeå")
    targets = targets_of(folder, answer, other)
    item = train.Item(targets, 0)
    assert float(train.loss_of(said(targets, [9.0, -9.0]), item)) < 0.01
    assert float(train.loss_of(said(targets, [-9.0, 9.0]), item)) > 9
    assert float(train.loss_of(said(targets, [9.0, -9.0]), train.Item(targets, 1))) > 1


def test_where_nothing_answers_no_passage_is_to_be_taken(folder):
    targets = targets_of(folder, reading("anna berg leder"), reading("umeå"))
    item = train.Item(targets, 0)
    assert float(train.loss_of(said(targets, [-9.0, -9.0]), item)) < 0.01
    assert float(train.loss_of(said(targets, [9.0, -9.0]), item)) > 9


# Steps


def test_an_epoch_asks_each_question_once_and_the_next_in_another_order(monkeypatch):
    monkeypatch.setattr(train, "QUESTIONS", 1)
    many = [Example("written-0", f"fråga {number} ?", "", (), (reading("umeå"),))
            for number in range(20)]  # fmt: skip
    first, second = ([one.question for batch in train.batches(many, epoch) for one in batch]
                     for epoch in (0, 1))  # fmt: skip
    assert sorted(first) == sorted(second) == sorted(one.question for one in many)
    assert first != second


def test_so_many_passages_are_drawn_and_of_written_questions_no_word_is_changed(monkeypatch):
    monkeypatch.setattr(train, "QUESTIONS", 1)
    right = tuple(reading(f"anna {number}", "anna") for number in range(5))
    wrong = tuple(reading(f"umeå {number}") for number in range(9))
    written = Example("written-0", "Vem leder skolan i Umeå?", "", right, wrong)
    absent = Example("written-0", "Vem leder skolan i Umeå?", "", (), wrong)
    for epoch in range(10):
        [[one]] = train.batches([written], epoch)
        assert one.question == written.question
        assert (len(one.right), len(one.wrong)) == (train.RIGHT, train.WRONG)
        assert len(set(one.wrong)) == train.WRONG
        [[none]] = train.batches([absent], epoch)
        assert (len(none.right), len(none.wrong)) == (0, train.ABSENT)
