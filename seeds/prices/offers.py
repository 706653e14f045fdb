"""Grow offers of used cars from a recipe: their prices, and columns that explain them in part."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, model_validator

from clockwork.settings import strict
from seeds.recipe import Strict, command, replaced

Floats = NDArray[np.float64]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
PURPOSES = (
    "make",
    "fuel",
    "region",
    "colour",
    "gearbox",
    "accident",
    "owners",
    "age",
    "use",
    "power",
    "price",
    "odd",
)
COLOURS = ("black", "blue", "grey", "red", "silver", "white")
OLDEST, LONGEST = 15.0, 300_000  # years, kilometres
ACCIDENT, AUTOMATIC, OWNER = 0.84, 1.06, 0.97  # of a price; the last for each owner after the first
WORN = 240_000  # kilometres after which a car is worth a third
ODD = 0.5  # spread of the logarithm of an odd price
FEE = 0.02  # of the price, once it is sold


class Make(Strict):
    """Cars of one make."""

    share: Share
    euros: Positive
    keeps: Share


class Fuel(Strict):
    """What a car runs on."""

    share: Share
    price: Positive
    ages: Positive
    yearly: Positive


class Recipe(Strict):
    """All that decides the bytes of the offers."""

    seed: int = Field(ge=0, lt=2**63)
    offers: int = Field(ge=1)
    makes: dict[str, Make] = Field(min_length=1)
    fuels: dict[str, Fuel] = Field(min_length=1)
    regions: dict[str, Positive] = Field(min_length=1)
    noise: float = Field(ge=0)
    odd: Share
    missing: Share

    @model_validator(mode="after")
    def whole(self) -> "Recipe":
        """Refuse shares that are not those of a whole."""
        for name, parts in (("makes", self.makes), ("fuels", self.fuels)):
            if abs(sum(part.share for part in parts.values()) - 1) > 1e-9:
                raise ValueError(f"the shares of the {name} must add up to 1")
        return self


def load(path: Path) -> Recipe:
    """Read a recipe, or raise `BadInput`."""
    return strict.load(path, Recipe)


def grow(recipe: Recipe) -> pd.DataFrame:
    """The offers in the order of their numbers; more of them keep the first ones."""
    offers, names = (
        _described(recipe),
        ("offer", "make", "fuel", "region", "colour", "gearbox", "accident", "owners"),
    )
    price = _prices(recipe, offers)
    shown = offers[[*names, "age", "km", "kilowatts"]].copy()
    for name, purpose in (("kilowatts", "power"), ("owners", "owners")):
        shown[name] = shown[name].where(_uniform(recipe, purpose, 1) >= recipe.missing)
    fee = np.round(FEE * price * np.exp(0.05 * _normal(recipe, "price", 1)), 2)
    return shown.assign(fee=fee, price=np.maximum(10 * np.rint(price / 10), 200).astype(np.int64))


def _described(recipe: Recipe) -> pd.DataFrame:
    fuel = _drawn(recipe, "fuel", {name: one.share for name, one in recipe.fuels.items()})
    yearly = np.array([one.yearly for one in recipe.fuels.values()])[fuel]
    age = np.round(OLDEST * _uniform(recipe, "age") ** 1.3, 1)
    km = np.minimum((age + 0.1) * yearly * np.exp(0.35 * _normal(recipe, "use")), LONGEST)
    power = np.clip(80 * np.exp(0.35 * _normal(recipe, "power")), 40, 300)
    return pd.DataFrame(
        {
            "offer": np.arange(1, recipe.offers + 1),
            "make": _named(
                recipe.makes,
                _drawn(recipe, "make", {n: one.share for n, one in recipe.makes.items()}),
            ),
            "fuel": _named(recipe.fuels, fuel),
            "region": _named(
                recipe.regions, _drawn(recipe, "region", dict.fromkeys(recipe.regions, 1.0))
            ),
            "colour": _named(COLOURS, _drawn(recipe, "colour", dict.fromkeys(COLOURS, 1.0))),
            "gearbox": np.where(_uniform(recipe, "gearbox") < 0.4, "automatic", "manual"),
            "accident": np.where(_uniform(recipe, "accident") < 0.02 + 0.01 * age, "yes", "no"),
            "owners": 1.0 + np.floor(_uniform(recipe, "owners") * (1 + age / 4)),
            "age": age,
            "km": 100 * np.rint(km / 100),
            "kilowatts": np.rint(power),
        }
    )


def _prices(recipe: Recipe, offers: pd.DataFrame) -> Floats:
    makes, fuels = (
        [recipe.makes[name] for name in offers["make"]],
        [recipe.fuels[name] for name in offers["fuel"]],
    )
    kept = np.log([one.keeps for one in makes]) * [one.ages for one in fuels]
    euros = np.array([one.euros for one in makes]) * [one.price for one in fuels]
    value = (
        euros
        * (offers["kilowatts"] / 80) ** 0.8
        * np.exp(kept * offers["age"] - offers["km"] / WORN)
    )
    value *= np.array([recipe.regions[name] for name in offers["region"]])
    value *= np.where(offers["accident"] == "yes", ACCIDENT, 1.0)
    value *= np.where(offers["gearbox"] == "automatic", AUTOMATIC, 1.0)
    value *= OWNER ** (offers["owners"] - 1)
    noise = recipe.noise * _normal(recipe, "price")
    noise += np.where(_uniform(recipe, "odd") < recipe.odd, ODD * _normal(recipe, "odd", 1), 0.0)
    return np.asarray(value * np.exp(noise), dtype=np.float64)


def _stream(recipe: Recipe, purpose: str, use: int) -> np.random.Generator:
    return np.random.Generator(
        np.random.Philox(key=[recipe.seed, PURPOSES.index(purpose) << 8 | use])
    )


def _uniform(recipe: Recipe, purpose: str, use: int = 0) -> Floats:
    return _stream(recipe, purpose, use).random(recipe.offers)


def _normal(recipe: Recipe, purpose: str, use: int = 0) -> Floats:
    return _stream(recipe, purpose, 128 + use).standard_normal(recipe.offers)


def _drawn(recipe: Recipe, purpose: str, shares: Mapping[str, float]) -> NDArray[np.intp]:
    edges = np.cumsum(list(shares.values()))
    return np.minimum(
        np.searchsorted(edges / edges[-1], _uniform(recipe, purpose), side="right"), len(shares) - 1
    )


def _named(
    names: Sequence[str] | Mapping[str, object], places: NDArray[np.intp]
) -> NDArray[np.str_]:
    return np.array(list(names))[places]


def write(recipe: Recipe, out: Path) -> None:
    """Grow the offers into `out/offers.csv`, in place of earlier ones."""
    with replaced(out, "offers.csv", "offers") as growing:
        grow(recipe).to_csv(growing / "offers.csv", index=False, lineterminator="\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Write offers from the command line; its exit code."""
    shipped = Path(__file__).with_name("recipe.yaml")
    return command(argv, "prices", shipped, lambda recipe, out: write(load(recipe), out))
