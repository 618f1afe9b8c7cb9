"""Where a webhook may lie: on this computer and nowhere else, for the sandbox never reaches out."""

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult

from sandbox import errors

NAME = "webhook.invalid"  # stands for the host in what is really asked, so that only the resolver below decides


def read_url(url: str) -> SplitResult:
    """The parts of a webhook's address, or Telegram's refusal."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or any(letter <= " " for letter in url):
        raise errors.WEBHOOK_URL()
    return parts


def addresses(parts: SplitResult, fixed: str) -> tuple[str, ...]:
    """The addresses behind the host (or the one the bot fixed); Telegram's refusal unless they are this computer's."""
    host = parts.hostname or ""
    if not fixed and (host == "localhost" or host.endswith(".localhost")):
        return "127.0.0.1", "::1"
    try:
        address = ip_address(fixed or host)
    except ValueError as wrong:
        if fixed:
            raise errors.BAD_WEBHOOK(why="Invalid IP address specified") from wrong
        raise errors.BAD_WEBHOOK(why="Failed to resolve host: Name or service not known") from wrong
    if not address.is_loopback:
        raise errors.BAD_WEBHOOK(why=_elsewhere(address))
    return (str(address),)


def _elsewhere(address: IPv4Address | IPv6Address) -> str:
    if address.version == 6:
        return "IPv6-only addresses are not allowed"
    return f"IP address {address} is reserved"


def with_name(parts: SplitResult) -> str:
    """The address with the host taken out: whom it reaches is up to ``Here``."""
    login, at, _ = parts.netloc.rpartition("@")
    port = f":{parts.port}" if parts.port else ""
    return parts._replace(netloc=f"{login}{at}{NAME}{port}", fragment="").geturl()


@dataclass
class Here(AbstractResolver):
    """Instead of the internet's names: these addresses, whatever is asked."""

    addresses: tuple[str, ...]

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses, each with the family it has."""
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self.addresses
        ]

    async def close(self) -> None:
        """Nothing is held."""
