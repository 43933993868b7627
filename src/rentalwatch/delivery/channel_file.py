"""Reading the file of channels, and their secrets from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rentalwatch.checked_yaml import Complaint, check, in_lines
from rentalwatch.delivery.channels import Channel, Channels
from rentalwatch.delivery.signing import key_of
from rentalwatch.errors import InvalidInputError, NotFoundError

MAX_FILE = 1 << 20


def checked(text: str) -> tuple[Channels | None, list[Complaint]]:
    """The channels in a text, or what is wrong with it, line by line."""
    return check(text, Channels)


def read(path: Path) -> Channels:
    """The channels of a file. Raises NotFoundError (RW-NO-FILE), InvalidInputError (RW-CHANNELS)."""
    channels, complaints = checked(read_text(path))
    if channels is None:
        raise InvalidInputError(
            f"{path} is not valid:\n{in_lines(complaints)}",
            todo="Correct these lines; rentalwatch delivery channels check FILE checks again.",
            code="RW-CHANNELS",
        )
    return channels


def read_text(path: Path) -> str:
    """The text of a file of channels. Raises as `read` does."""
    if not path.is_file():
        raise NotFoundError(f"there is no file {path}", todo="Check the path.", code="RW-NO-FILE", path=path)
    try:
        if path.stat().st_size > MAX_FILE:
            raise InvalidInputError(f"{path} is larger than 1 MiB", code="RW-CHANNELS")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise InvalidInputError(f"{path} cannot be read: {e}", code="RW-CHANNELS") from e


def secrets_of(channel: Channel, environment: Mapping[str, str]) -> dict[str, str]:
    """The secrets of a channel: `token_env` and `secret_env` as the environment has them. Raises
    InvalidInputError (RW-CHANNEL-SECRET), which names the variable and never what is in it."""
    found = {}
    for field in ("token_env", "secret_env"):
        variable = getattr(channel, field)
        if variable is None:
            continue
        if not environment.get(variable, "").strip():
            raise InvalidInputError(
                f"the channel {channel.name} needs the environment variable {variable}",
                todo=f"Set {variable}; secrets never stand in the file.",
                code="RW-CHANNEL-SECRET",
                channel=channel.name,
                variable=variable,
            )
        found[field] = environment[variable].strip()
    if channel.kind == "webhook":
        _check_key(channel, found["secret_env"])
    return found


def _check_key(channel: Channel, secret: str) -> None:
    try:
        key_of(secret)
    except ValueError as e:
        raise InvalidInputError(
            f"what {channel.secret_env} holds for the channel {channel.name} is no secret: {e}",
            todo="A secret is whsec_ and 24 to 64 random bytes in base64, the same at the receiver.",
            code="RW-CHANNEL-SECRET",
            channel=channel.name,
            variable=channel.secret_env,
        ) from e
