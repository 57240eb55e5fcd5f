#!/usr/bin/python3
"""A source plugin of Meridian. It reads a table "model,score" and gives the
scores of a board; change it into what your documents need.

The rules: say what the document says, in its own words. What is missing stays
unset; a row that cannot be read is rejected with its place and the reason; a
document that cannot be read at all is an error (BadDocument).
"""

import csv
import io

import meridian_sdk as sdk

HEADER = ["model", "score"]


class TheSource(sdk.Source):
    id = "@ID@"
    version = "0.1.0"
    summary = "Scores of @ID@"
    streams = ["{board}"]
    document_kinds = ["CSV with the columns model,score"]
    config_schema = {
        "type": "object", "required": ["board"], "additionalProperties": False,
        "properties": {"board": {"type": "string"}}}

    def check(self, config):
        for key in config:
            if key != "board":
                yield key, "not known", "leave it out"
        if not isinstance(config.get("board"), str) or not config["board"]:
            yield "board", "which board are these scores of?", "board: example/a"

    def read(self, config, documents, out):
        for document in documents:
            self.read_one(document, config["board"], out)

    def read_one(self, document, board, out):
        rows = csv.reader(io.StringIO(document.text(), newline=""))
        if next(rows, None) != HEADER:
            raise sdk.BadDocument(
                f"'{document.path}': the first line is not '{','.join(HEADER)}'")
        # The document states no date of its own, so the host's hint stands.
        snapshot = out.begin(stream=board, vintage=document.vintage_hint,
                             coverage="ALL")
        seen = set()
        for row in rows:
            line = rows.line_num
            try:
                model, text = row
                value = float(text)
            except ValueError:
                out.reject(document, "expected MODEL,SCORE", ",".join(row),
                           line=line, stream=board)
                continue
            if not model or model in seen:
                out.reject(document, "a model is listed once, by its name",
                           ",".join(row), line=line, stream=board)
                continue
            seen.add(model)
            snapshot.emit(document, line=line, score=sdk.Score(
                board=board, category="full", model=model, value=value))
        snapshot.end()


if __name__ == "__main__":
    sdk.run(TheSource())
