"""Small blends of real networks for tests, by role."""

from models import make_model
from pleura.core.spec import DecisionSpec, LungCrop
from pleura.runtime import BlendSpec, Member, with_spec, write_blend
from pleura.runtime.blend import Blend

PLAIN = DecisionSpec(rule="threshold", bottom=0.5, tta="none")


def blend_of(folder, cast, decision):
    """Write and read a blend of (model, role, weight)."""
    members = tuple(Member(file=model.path.name, sha256=model.sha256, role=role, weight=w) for model, role, w in cast)
    spec = BlendSpec(name="cast", version="1", decision=decision, members=members)
    unread = Blend(folder / "cast.toml", "0" * 64, spec, tuple(model for model, _, _ in cast))
    return write_blend(unread, spec, folder / "cast.toml")


def cropped_to_lungs(path, margin=0.0):
    """A model that sees the lungs alone."""
    model = make_model(path, decision=PLAIN)
    spec = model.spec.input.model_copy(update={"lung_crop": LungCrop(margin=margin)})
    return with_spec(model, model.spec.model_copy(update={"input": spec}), path)
