"""requests-oauthlib: PKCE with and without a secret, refresh of its own accord; a system with its secret."""

from oauthlib.oauth2 import BackendApplicationClient
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from interop import SCOPE, WORLD, check, lets, refuses

AUTHORIZE, TOKEN = f"{WORLD['url']}/oauth/authorize", f"{WORLD['url']}/oauth/token"


def app(group, client_id, secret=None):
    session = OAuth2Session(client_id, redirect_uri=f"{WORLD['app']}/cb", scope=SCOPE.split(), pkce="S256")
    how = {"client_secret": secret} if secret else {"include_client_id": True}

    def tokens():
        address, _ = session.authorization_url(AUTHORIZE, aud=WORLD["base"])
        session.fetch_token(TOKEN, authorization_response=lets(address), **how)

    def refresh():
        auth = HTTPBasicAuth(client_id, secret) if secret else None
        session.refresh_token(TOKEN, auth=auth, **({} if secret else {"client_id": client_id}))

    def read():
        assert session.get(f"{WORLD['base']}/Patient/{session.token['patient']}").json()["id"] == WORLD["patient"]

    check(group, "gets tokens", tokens)
    check(group, "reads the patient", read)
    check(group, "goes on with the refresh token", refresh)
    check(group, "reads with the next token", read)


def without_pkce():
    session = OAuth2Session("public", redirect_uri=f"{WORLD['app']}/cb", scope=SCOPE.split())
    address, _ = session.authorization_url(AUTHORIZE, aud=WORLD["base"])
    session.fetch_token(TOKEN, authorization_response=lets(address), include_client_id=True)


def system():
    session = OAuth2Session(client=BackendApplicationClient("practice-d", scope=["system/Patient.rs"]))
    session.fetch_token(TOKEN, client_id="practice-d", client_secret="secret-of-practice-d")
    assert session.get(f"{WORLD['base']}/Patient").json()["total"] == 1


app("requests-oauthlib, no secret", "public")
app("requests-oauthlib, with a secret", "secret", "secret-of-the-app")
check("requests-oauthlib", "without PKCE hears why it is refused", lambda: refuses(without_pkce, "code_challenge"))
check("requests-oauthlib, a system", "gets a token for itself and searches", system)
