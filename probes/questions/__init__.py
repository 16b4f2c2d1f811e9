"""Which questions can an endpoint be asked, and how are they written down?

A question is a plain value: a kind, an endpoint and options. It can be asked here, or be sent as
JSON to another host that asks it and sends the observation back.
"""

from probes.questions.question import Kind, Option, Question, QuestionError, decode, encode

__all__ = ["Kind", "Option", "Question", "QuestionError", "decode", "encode"]
