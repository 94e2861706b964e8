"""What the API reference documents for CloudStack, frozen: the catalog must have all of it."""

from __future__ import annotations

from cloudmc_tui.catalog import load_catalog
from cloudmc_tui.catalog.export import operations

READ_ONLY = "computeofferings diskofferings networkofferings vpcofferings zones"
"""Types with a list and a get, and nothing else."""

OTHERS = """
affinitygroups affinitygroups/:id egressrules egressrules/:id ingressrules ingressrules/:id
instances instances/:id isos isos/:id loadbalancerrules loadbalancerrules/:id networkacls networkacls/:id
networkaclrules networkaclrules/:id networks networks/:id nics nics/:id portforwardingrules
portforwardingrules/:id publicipaddresses publicipaddresses/:id remoteaccessvpns remoteaccessvpns/:id
sitetositevpns sitetositevpns/:id snapshots snapshots/:id sshkeys sshkeys/:name templates templates/:id
volumes volumes/:id vpcs vpcs/:id vpnusers vpnusers/:id
"""
"""What else can be read: collections and entities."""

MUTATIONS = """
POST affinitygroups
PUT affinitygroups/:id
DELETE affinitygroups/:id
POST egressrules
DELETE egressrules/:id
POST ingressrules
DELETE ingressrules/:id
POST instances
PUT instances/:id
DELETE instances/:id
POST instances?operation=acquireBareMetal
POST instances/:id?operation=releaseBareMetal
POST instances/:id?operation=start
POST instances/:id?operation=stop
POST instances/:id?operation=reboot
POST instances/:id?operation=purge
POST instances/:id?operation=recover
POST instances/:id?operation=changeComputeOffering
POST instances/:id?operation=resetPassword
POST instances/:id?operation=changeNetwork
POST instances/:id?operation=associateSSHKey
POST instances/:id?operation=attachIso
POST instances/:id?operation=detachIso
POST isos
DELETE isos/:id
POST isos/:id?operation=attach
POST isos/:id?operation=generateDownloadUrl
POST loadbalancerrules
PUT loadbalancerrules/:id
DELETE loadbalancerrules/:id
PUT loadbalancerrules/:id?operation=updateInstances
PUT loadbalancerrules/:id?operation=updateStickiness
POST networkacls
DELETE networkacls/:id
POST networkaclrules
PUT networkaclrules/:id
DELETE networkaclrules/:id
POST networks
PUT networks/:id
DELETE networks/:id
POST networks/:id?operation=replace
POST nics
DELETE nics/:id
POST nics/:id?operation=setDefault
POST portforwardingrules
DELETE portforwardingrules/:id
POST publicipaddresses
DELETE publicipaddresses/:id
POST publicipaddresses/:id?operation=enableStaticNat
POST publicipaddresses/:id?operation=disableStaticNat
POST sitetositevpns
PUT sitetositevpns/:id
DELETE sitetositevpns/:id
POST sitetositevpns/:id?operation=reset
POST snapshots?operation=create
POST templates
POST templates/:id?operation=update
DELETE templates/:id
POST volumes
DELETE volumes/:id
POST volumes/:id?operation=attachToInstance
POST volumes/:id?operation=detachFromInstance
POST volumes/:id?operation=createSnapshotFromVolume
POST vpcs
PUT vpcs/:id
DELETE vpcs/:id
POST vpcs/:id?operation=restart
DELETE vpnusers/:id
"""

UNDOCUMENTED = """
POST instances/:id?operation=createRecoveryPoint
POST remoteaccessvpns/:id?operation=disable
POST remoteaccessvpns/:id?operation=enable
DELETE snapshots/:id
POST sshkeys
DELETE sshkeys/:name
POST volumes/:id?operation=resize
POST vpnusers
"""
"""What only CloudMC's own clients show."""

PREFIX = "/services/:service_code/:environment_name/"


def lines(text: str) -> set[str]:
    return {line for line in text.splitlines() if line}


def documented() -> set[str]:
    read_only = {part for name in READ_ONLY.split() for part in (name, f"{name}/:id")}
    return {f"GET {path}" for path in {*read_only, *OTHERS.split()}} | lines(MUTATIONS)


def catalogued() -> dict[str, bool]:
    """Every operation as ``"METHOD path"``, and whether the catalog calls it documented."""
    return {
        f"{operation['method']} {operation['path'].removeprefix(PREFIX)}": operation.get("documented", True)
        for operation in operations(load_catalog())
        if operation["service_type"] == "cloudstack"
    }


def test_the_reference_documents_118_operations() -> None:
    assert len(documented()) == 118


def test_every_documented_operation_is_there() -> None:
    assert documented() - catalogued().keys() == set()


def test_nothing_else_is_called_documented() -> None:
    assert {name for name, is_documented in catalogued().items() if is_documented} == documented()


def test_the_known_undocumented_operations_are_there_and_marked() -> None:
    assert {name for name, is_documented in catalogued().items() if not is_documented} == lines(UNDOCUMENTED)
