"""fhirclient (Python): finds the addresses in the CapabilityStatement only; launches, reads, searches, refreshes.

Its editions before 4.4 have no PKCE; how they are refused is shown by leaving it out.
"""

import re

from fhirclient import client
from fhirclient.models.patient import Patient
from fhirclient.models.servicerequest import ServiceRequest

from interop import SCOPE, WORLD, check, lets, parameter, refuses

GROUP = "fhirclient (Python)"


def new(app_id, secret=None):
    settings = {"app_id": app_id, "api_base": WORLD["base"], "redirect_uri": f"{WORLD['app']}/cb", "scope": SCOPE}
    smart = client.FHIRClient(settings={**settings, **({"app_secret": secret} if secret else {})})
    smart.prepare()
    return smart


def app(group, app_id, secret=None):
    smart = check(group, "finds the addresses in the CapabilityStatement", lambda: new(app_id, secret))

    def launch():
        smart.handle_callback(lets(smart.authorize_url))
        assert smart.patient.id == WORLD["patient"]

    def search():
        found = ServiceRequest.where(struct={"subject": f"Patient/{WORLD['patient']}"}).perform_resources(smart.server)
        assert len(found) == 1 and found[0].status, found

    def refresh():
        assert smart.reauthorize()
        assert Patient.read(WORLD["patient"], smart.server).id == WORLD["patient"]

    check(group, "gets a token, and reads the patient into its model", launch)
    check(group, "searches", search)
    check(group, "what is missing is its FHIRNotFoundException", lambda: refuses(lambda: Patient.read("none", smart.server), "FHIRNotFoundException"))
    check(group, "goes on with the refresh token", refresh)


def without_pkce():
    address = re.sub(r"&code_challenge[a-z_]*=[^&]*", "", new("public").authorize_url)
    back = lets(address)
    assert parameter(back, "code") is None and parameter(back, "error") == "invalid_request", back
    assert "code_challenge" in parameter(back, "error_description"), back


app("fhirclient (Python), no secret", "public")
app("fhirclient (Python), with a secret", "secret", "secret-of-the-app")
check(GROUP, "without PKCE is told so", without_pkce)
