"""The answer to a pressed button, and files for download."""

from sandbox import errors
from sandbox.chats import Json
from sandbox.files import LARGEST_DOWNLOAD
from sandbox.requests import Request, method
from sandbox.world import Toast, World


class AnswerCallbackQuery(Request):
    callback_query_id: str
    text: str | None = None
    show_alert: bool | None = None
    url: str | None = None
    cache_time: int | None = None


@method
def answer_callback_query(world: World, ask: AnswerCallbackQuery) -> bool:
    """Stop the button's little clock, with or without a word; once, and only for a short while."""
    if len(ask.text or "") > 200:
        raise errors.CALLBACK_TEXT_TOO_LONG()
    press = world.presses.get(ask.callback_query_id)
    late = press is not None and world.clock.now() - press.at > world.settings.answer_window
    if press is None or press.toast is not None or late:
        raise errors.QUERY_TOO_OLD()
    press.toast = Toast(press.person.id, ask.text or "", bool(ask.show_alert), ask.url or "", press.data)
    world.toasts.append(press.toast)
    world.changed(toast=vars(press.toast))
    return True


class GetFile(Request):
    file_id: str


@method
def get_file(world: World, ask: GetFile) -> Json:
    """Where to download a file from."""
    file = world.files.find(ask.file_id)
    if file is None:
        raise errors.FILE_ID_INVALID()
    if len(file.data) > LARGEST_DOWNLOAD:
        raise errors.FILE_TOO_BIG()
    return {
        "file_id": file.id,
        "file_unique_id": file.unique_id,
        "file_size": len(file.data),
        "file_path": file.path,
    }
