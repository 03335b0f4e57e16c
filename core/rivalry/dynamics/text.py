"""A report in words and tables."""

from collections.abc import Sequence

from torch import Tensor

from rivalry.cli import table
from rivalry.dynamics.method import Discrete
from rivalry.dynamics.report import Report


def number(value: complex | float) -> str:
    """A number with four digits, what is rounding error left out."""
    value = complex(value)
    real, imaginary = (0.0 if abs(part) < 5e-10 else part for part in (value.real, value.imag))
    if not imaginary:
        return f"{real:.4g}"
    size = "" if abs(imaginary) == 1 else f"{abs(imaginary):.4g}"
    if not real:
        return f"{'-' if imaginary < 0 else ''}{size}i"
    return f"{real:.4g} {'-' if imaginary < 0 else '+'} {size}i"


def eigenvalues(values: Sequence[complex]) -> str:
    """Eigenvalues, a conjugate pair as one."""
    shown, rest = [], list(values)
    while rest:
        value = rest.pop(0)
        twin = next((other for other in rest if abs(other - value.conjugate()) < 1e-9 and value.imag > 1e-9), None)
        if twin is None:
            shown.append(number(value))
            continue
        rest.remove(twin)
        pair = number(complex(0, value.imag))
        shown.append(f"{number(value.real)} +- {pair}" if abs(value.real) >= 5e-10 else f"+-{pair}")
    return ", ".join(shown) or "none: there is no linear part"


def game(report: Report) -> str:
    """What is played."""
    setting = report.setting
    weights = [f"{weight:g} x {penalty.name}" for penalty, weight in setting.penalties]
    critic = "psi . x" if setting.dimension > 1 else "psi x"
    if setting.learned:
        critic += " + bias"
    elif setting.bias:
        critic += f" {'-' if setting.bias < 0 else '+'} {abs(setting.bias):.4g}"
    noise = f", both with Gaussian noise of deviation {setting.noise:g}" if setting.noise else ""
    where = ", ".join(f"{name} = {value:.4g}" for name, value in zip(setting.names, setting.equilibrium.tolist()))
    faster = f"; the discriminator moves {setting.ratio:g} times as fast" if setting.ratio != 1 else ""
    return (
        f"The Dirac game of {' + '.join([setting.objective.name, *weights])}\n"
        f"  real mass at 0, fake mass at theta{noise}; critic C(x) = {critic}\n"
        f"  each player descends its own loss{faster}; equilibrium at {where}"
    )


def matrix(values: Tensor, names: Sequence[str]) -> str:
    """A Jacobian with its rows and columns named."""
    rows = [["", *names]]
    rows += [[f"{name}'", *map(number, row)] for name, row in zip(names, values.tolist(), strict=True)]
    return table(rows, "  ")


def words(report: Report) -> str:
    """The whole report."""
    names, linear = report.setting.names, report.linear
    rows = [[*names, "  ", *(f"{name}'" for name in names)]]
    rows += [[*map(number, at.tolist()), "  ", *map(number, v.tolist())] for at, v in report.samples]
    found = linear.autograd.isfinite().all()
    if linear.blind:
        kink = f"one-sided differences agree with each other, and not with autograd (gap {linear.gap:.2g})"
    elif linear.smooth:
        kink = f"one-sided differences agree to {linear.gap:.1e}: smooth"
    else:
        kink = "one-sided differences disagree: not smooth there" + ("" if found else ", and autograd finds no number")
    parts = [
        game(report),
        "Vector field, relative to the equilibrium\n" + table(rows, "  "),
        f"Jacobian at the equilibrium, by autograd\n{matrix(linear.autograd, names)}\n  {kink}",
    ]
    if not linear.smooth or linear.blind:
        parts.append("by differences to the right\n" + matrix(linear.forward, names))
    parts.append(f"Eigenvalues   {eigenvalues(report.eigenvalues)}")
    parts.append(f"Verdict       {report.verdict.words}")
    if report.method is not None:
        parts.append(f"Method        {method(report.method)}")
    parts += [f"Note          {note}" for note in report.notes]
    return "\n\n".join(parts)


def method(found: Discrete) -> str:
    """What the discrete method does."""
    if found.radius is None:
        factor = "" if found.factor is None else f"; tried, the distance changed by {found.factor:.5g} a step"
        return f"{found.words}: no spectral radius, for {found.reason}{factor}"
    if found.radius < 1 - 1e-9:
        fate = "converges"
    elif found.radius > 1 + 1e-9:
        fate = "diverges"
    else:
        fate = "neither converges nor diverges to first order"
    return f"{found.words}: spectral radius {found.radius:.6g}, {fate}"
