"""The flag that a fresh server has; from then on it is the studio's own. Pure."""

from collections.abc import Mapping

from matsuri.flags.model import FlagDefinition

DEFAULT_FLAGS: Mapping[str, FlagDefinition] = {
    "Min-Build-Number": FlagDefinition(
        description="The lowest build number of the game that may play; 1 lets every build in.",
        value="1",
        validator="Number",
    ),
}
