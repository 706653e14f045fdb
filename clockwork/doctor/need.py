"""What a check of the doctor finds: a fact where all is well, else what needs doing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Need:
    """Something that needs doing: where, what is wrong there, and the remedy."""

    where: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.remedy}"


@dataclass(frozen=True)
class Found:
    """What one check has found: `fact` says how it stands where there are no `needs`."""

    fact: str
    needs: tuple[Need, ...] = ()
