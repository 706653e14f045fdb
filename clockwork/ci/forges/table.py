"""The known forges, one line each. A forge's own module says how it is recognised and reached."""

import re

from clockwork.ci.forges import Address, bitbucket_cloud, bitbucket_data_center, github, gitlab

FORGES = {
    forge.name: forge
    for forge in (
        bitbucket_cloud.FORGE,
        bitbucket_data_center.FORGE,
        gitlab.FORGE,
        github.FORGE,
    )
}


def address(page: str) -> Address | None:
    """The page of a pull request, taken apart; None where it is on no forge that is known here."""
    for forge in FORGES.values():
        found = re.match(forge.page + r"(?=[/?#]|$)", page)
        if found:
            return Address(
                forge.name, found["host"], forge.repository(found["repository"]), found["number"]
            )
    return None
