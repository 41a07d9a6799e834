"""Who may add to a ticket: every cell of the table, and the laws that hold in all of it."""

from itertools import pairwise, product
from pathlib import Path

import pytest

from gateway.decide.admission import PROOFS, TABLE, Admission, Grant, Policy, Role, admit
from gateway.ingest.trust import Proof
from gateway.threading.match import Evidence

BY_HAND = [
    line.split()
    for line in Path(__file__).with_name("admission.txt").read_text().splitlines()
    if not line.startswith("#")
]
CELLS = list(product(Evidence, Role, Proof))
PARTICIPANTS = (Role.REQUESTER, Role.WATCHER, Role.AGENT)


@pytest.mark.parametrize(("evidence", "role", "cells"), [(e, r, c) for e, r, *c in BY_HAND])
def test_every_cell_is_what_the_file_kept_by_hand_says(
    evidence: str, role: str, cells: list[str]
) -> None:
    found = [admit(Evidence(evidence), Role(role), proof).name.lower() for proof in PROOFS]
    assert found == cells


def test_the_file_and_the_table_have_the_same_cells() -> None:
    assert {(Evidence(e), Role(r)) for e, r, *_ in BY_HAND} == set(TABLE)
    assert len(BY_HAND) == len(TABLE) == len(Evidence) * len(Role)


@pytest.mark.parametrize(("evidence", "role"), [*product(Evidence, Role)])
def test_more_proof_never_yields_less(evidence: Evidence, role: Role) -> None:
    for better, worse in pairwise(PROOFS):
        assert admit(evidence, role, better) >= admit(evidence, role, worse)


@pytest.mark.parametrize(("role", "proof"), [*product(Role, Proof)])
def test_stronger_evidence_never_yields_less(role: Role, proof: Proof) -> None:
    for stronger, weaker in pairwise(Evidence):
        assert admit(stronger, role, proof) >= admit(weaker, role, proof)


@pytest.mark.parametrize(("cell", "grant"), [*product(CELLS, Grant)])
def test_a_yes_never_yields_less(cell: tuple[Evidence, Role, Proof], grant: Grant) -> None:
    assert admit(*cell, grant) >= admit(*cell)


@pytest.mark.parametrize(("cell", "grant"), [*product(CELLS, Grant)])
def test_a_stranger_never_joins(cell: tuple[Evidence, Role, Proof], grant: Grant) -> None:
    evidence, _, proof = cell
    assert admit(evidence, Role.STRANGER, proof, grant) is Admission.OPEN


@pytest.mark.parametrize(("cell", "grant"), [*product(CELLS, Grant)])
def test_a_machine_is_filed_whatever_it_claims(
    cell: tuple[Evidence, Role, Proof], grant: Grant
) -> None:
    evidence, _, proof = cell
    assert admit(evidence, Role.MACHINE, proof, grant) is Admission.FILE


@pytest.mark.parametrize(("evidence", "role"), [*product(Evidence, Role)])
def test_a_claim_alone_never_joins(evidence: Evidence, role: Role) -> None:
    assert not admit(evidence, role, Proof.CLAIMED).joins


@pytest.mark.parametrize(("evidence", "role"), [*product(Evidence, PARTICIPANTS)])
def test_a_participant_is_never_turned_away(evidence: Evidence, role: Role) -> None:
    for proof in Proof:
        assert admit(evidence, role, proof) >= Admission.HOLD


@pytest.mark.parametrize(("evidence", "proof"), [*product(Evidence, Proof)])
def test_an_agent_speaks_to_the_requester_only_by_an_address_of_their_own(
    evidence: Evidence, proof: Proof
) -> None:
    if evidence is not Evidence.SIGNED_ADDRESS:
        assert admit(evidence, Role.AGENT, proof) <= Admission.NOTE


@pytest.mark.parametrize(("needed", "role", "proof"), [*product(Proof, Role, Proof)])
def test_a_mailbox_that_asks_for_more_never_believes_more(
    needed: Proof, role: Role, proof: Proof
) -> None:
    policy = Policy(agents=needed, participants=needed)
    counted = policy.counts(role, proof)
    assert counted is (proof if PROOFS.index(proof) <= PROOFS.index(needed) else Proof.CLAIMED)
