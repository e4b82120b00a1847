"""Small cascades of real networks for tests: what is bright passes, what is dark is ruled out."""

from models import make_model
from pleura.core.rule_out import RuleOut
from pleura.core.spec import DecisionSpec
from pleura.runtime import BlendSpec, Member, write_blend
from pleura.runtime.blend import Blend

DECISION = DecisionSpec(rule="triplet", bottom=0.3, top=0.7, area=2000, tta="none")
OWN = DecisionSpec(rule="triplet", bottom=0.5, top=0.5, area=400, tta="none")
RULE = RuleOut(below=0.6, slope=1.2, intercept=-1.0)


def make_cascade(folder, rule=RULE, decision=DECISION, firsts=1, heads=(), calibration=None):
    """A blend of a network at 64 px behind one (or more) at 32 px."""
    full = make_model(folder / "full.onnx", decision=decision)
    small = [make_model(folder / f"small-{n}.onnx", decision=OWN, side=32, heads=heads) for n in range(firsts)]
    members = [Member(file=each.path.name, sha256=each.sha256, role="rule-out", rule_out=rule) for each in small] + [
        Member(file=full.path.name, sha256=full.sha256, role="segment")
    ]
    spec = BlendSpec(name="cascade", version="1", decision=decision, members=tuple(members), calibration=calibration)
    unread = Blend(folder / "cascade.toml", "0" * 64, spec, (*small, full))
    return write_blend(unread, spec, folder / "cascade.toml")
