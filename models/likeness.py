"""How alike two texts are, as a plain share that can be explained to anybody.

Each text is taken apart into pieces: Chinese into its pairs of neighbouring characters (食堂晚餐 into 食堂, 堂晚 and
晚餐), English into its words. What everybody writes (the, please, 的, 希望, hours of the clock) is left out. The
likeness is the share of the pieces that both have, where a piece of a title counts double: 0 is nothing in common, 1
the same.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

ALIKE = 0.15  # from here on two cases are shown to each other's authors
_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+|[a-z0-9]+")
_IDLE = re.compile(
    r"(?:一|二|三|四|五|六|七|八|九|十|两)+点半?"
    r"|建议|希望|能否|是否|可以|应该|应当|大家|职工|同事|目前|现在|问题|关于|进行|提供|增加|工作|情况"
    r"|比较|非常|因为|所以|但是|如果|没有|一些|我们|你们|他们|每天|经常|时间|时候|晚上|早上|以后|以前|之后"
    r"|的|了|是|和|与|及|在|有|也|都|就|而|或|把|被|让|给|对|吗|呢|吧|很|太|更|最|请|这|那|个|些|不"
)
_ENGLISH = re.compile(
    r"the|and|for|are|was|were|with|that|this|from|have|has|had|not|but|our|their|they|you|your|who|too|very|more|can"
    r"|could|should|would|will|please|people|there|when|what|which|than|then|its|all|any|about|into"
)


@lru_cache(maxsize=2048)  # the open cases are looked at again with every new one
def pieces(text: str) -> frozenset[str]:
    """What a text is made of, for comparing."""
    found: set[str] = set()
    for run in _RUN.findall(unicodedata.normalize("NFKC", text).casefold()):
        if run[0] >= "\u3400":
            for part in _IDLE.sub(" ", run).split():
                found.update(part[at : at + 2] for at in range(len(part) - 1))
        elif len(run) > 2 and not _ENGLISH.fullmatch(run):
            found.add(run[:-1] if len(run) > 3 and run.endswith("s") else run)
    return frozenset(found)


def weigh(title: str, words: str) -> dict[str, int]:
    """The pieces of a case with their weights: two for those of its title."""
    return dict.fromkeys(pieces(words), 1) | dict.fromkeys(pieces(title), 2)


def likeness(one: Mapping[str, int], other: Mapping[str, int]) -> float:
    """The weighted share of what both have, from 0 to 1."""
    whole = sum(one.values()) + sum(other.values())
    both = sum(one[piece] + other[piece] for piece in one.keys() & other.keys())
    return both / whole if whole else 0.0
