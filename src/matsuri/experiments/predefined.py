"""The experiment that a fresh server has; from then on it is the studio's own. Pure."""

from collections.abc import Mapping

from matsuri.experiments.model import ExperimentDefinition, Phase, PhaseVariant

# Nobody shall find it over on a server that tests have used for years.
_SECONDS = 10 * 365 * 86_400
# Enough to try things out; players of a game that goes live with it cost next to nothing then.
_PARTICIPANTS_MAX = 10_000


def default_experiments(now_s: int) -> Mapping[str, ExperimentDefinition]:
    """A sample that runs from now on, by its name; it gives no flag a value."""
    return {
        "Sample-Experiment": ExperimentDefinition(
            description=(
                "A sample: every player takes part who asks for experiments, half of them with "
                "each variant, and no flag changes. End, archive and delete it when you like."
            ),
            hypothesis="Nothing changes.",
            phases=(
                Phase(
                    name="Sample-Phase",
                    start_time_sec=now_s,
                    end_time_sec=now_s + _SECONDS,
                    participants_max=_PARTICIPANTS_MAX,
                    variants=(
                        PhaseVariant(name="control", weight_permille=500, value="control"),
                        PhaseVariant(name="test", weight_permille=500, value="test"),
                    ),
                ),
            ),
            launched=True,
        )
    }
