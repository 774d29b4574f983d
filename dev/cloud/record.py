"""Writes down what crosses the emulator and is gone then: events, queue messages, the API's answers.

`cargo xtask test` looks for secrets in it. One JSON object a line, with `kind` first: `event`, `sent`, `received` or `answer`.
"""

import functools
import json
import threading

from ministack.services import apigateway, eventbridge, sqs


def apply_all(path: str) -> None:
    """Begins a new record at `path`; call once, before the server starts."""
    file, one_at_a_time = open(path, "w", encoding="utf-8", buffering=1), threading.Lock()

    def note(kind: str, **what) -> None:
        # Other letters as they are: what is looked for must stand there as it was said.
        line = json.dumps({"kind": kind} | what, ensure_ascii=False, default=str)
        with one_at_a_time:
            file.write(line + "\n")

    record_events(note)
    record_messages(note)
    record_answers(note)


def record_events(note) -> None:
    """Every event that a bus takes, whether a rule wants it or not."""
    stock = eventbridge._dispatch_event

    @functools.wraps(stock)
    def dispatch(event, *args, **kwargs):
        note("event", event=event)
        return stock(event, *args, **kwargs)

    eventbridge._dispatch_event = dispatch


def record_messages(note) -> None:
    """Every message that somebody sends, and every one that a function gets: rules and schedules send none by call."""
    stock_send, stock_receive = sqs._act_send_message, sqs._receive_messages_for_esm

    @functools.wraps(stock_send)
    def send(data, url):
        note("sent", message=data)
        return stock_send(data, url)

    @functools.wraps(stock_receive)
    def receive(url, most):
        messages = stock_receive(url, most)
        for message in messages:
            note("received", message=message)
        return messages

    # A batch calls it by its name, a single message goes through the table.
    sqs._act_send_message = sqs._HANDLERS["SendMessage"] = send
    sqs._receive_messages_for_esm = receive


def record_answers(note) -> None:
    """Every answer of an HTTP API, with the route that was asked."""
    stock = apigateway.handle_execute

    @functools.wraps(stock)
    async def execute(api_id, stage, path, method, *args, **kwargs):
        status, headers, body = answer = await stock(api_id, stage, path, method, *args, **kwargs)
        text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
        note("answer", asked=f"{method} {path}", status=status, headers=headers, body=text)
        return answer

    apigateway.handle_execute = execute
