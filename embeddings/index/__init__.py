"""The index, on disk or on a server: building, publishing, opening and inspecting it."""
