"""Authlib: PKCE, three ways of authentication, ID tokens, refresh, introspection, revocation; a system with its secret."""

import time

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc import jwk, jwt

from interop import SCOPE, WORLD, check, lets, refuses

found = requests.get(f"{WORLD['base']}/.well-known/smart-configuration").json()
TOKEN = found["token_endpoint"]


def app(group, client_id, **how):
    method = how.pop("method", None)
    client = OAuth2Session(client_id, redirect_uri=f"{WORLD['app']}/cb", scope=SCOPE, code_challenge_method="S256", **how)
    if method:
        client.register_client_auth_method(method)
        client.token_endpoint_auth_method = method.name
        client.revocation_endpoint_auth_method = method.name
    verifier = generate_token(48)

    def tokens():
        address, state = client.create_authorization_url(found["authorization_endpoint"], code_verifier=verifier, aud=WORLD["base"], nonce="n-1")
        return client.fetch_token(TOKEN, authorization_response=lets(address), code_verifier=verifier, state=state)

    got = check(group, "gets tokens", tokens)

    def id_token():
        keys = jwk.KeySet.import_key_set(requests.get(found["jwks_uri"]).json())
        claims = jwt.decode(got["id_token"], keys, algorithms=["RS256"]).claims
        assert (claims["iss"], claims["aud"], claims["nonce"]) == (WORLD["url"], client_id, "n-1"), claims

    def read():
        answer = client.get(f"{WORLD['base']}/Patient/{got['patient']}")
        assert answer.json()["id"] == WORLD["patient"], answer.text

    def introspect():
        answer = client.introspect_token(found["introspection_endpoint"], token=client.token["access_token"]).json()
        assert answer["active"] and answer["client_id"] == client_id, answer

    check(group, "the ID token is good", id_token)
    check(group, "reads the patient", read)
    check(group, "goes on with the refresh token", lambda: client.refresh_token(TOKEN))
    check(group, "reads with the next token", read)
    if client_id != "public":
        check(group, "looks into its token", introspect)
    check(group, "takes it back", lambda: client.revoke_token(found["revocation_endpoint"], token=client.token["refresh_token"]).raise_for_status())
    check(group, "which ends it", lambda: refuses(lambda: client.refresh_token(TOKEN), "invalid_grant|not good"))


app("Authlib, no secret", "public", token_endpoint_auth_method="none", revocation_endpoint_auth_method="none")
app("Authlib, client_secret_basic", "secret", client_secret="secret-of-the-app")
app("Authlib, client_secret_post", "secret", client_secret="secret-of-the-app", token_endpoint_auth_method="client_secret_post", revocation_endpoint_auth_method="client_secret_post")


class ShortLived(PrivateKeyJWT):
    """Its own assertions are good for an hour, which SMART forbids. It knows keys of RSA only."""

    def sign(self, auth, token_endpoint):
        self.claims = {"exp": int(time.time()) + 120}
        return super().sign(auth, token_endpoint)


rsa = ShortLived(TOKEN, headers={"kid": "app-rsa"}, alg="RS384")
app("Authlib, private_key_jwt", "keyed", client_secret=open(WORLD["key"]).read(), method=rsa)


def system():
    client = OAuth2Session("practice-d", "secret-of-practice-d", scope="system/Patient.rs")
    assert client.fetch_token(TOKEN, grant_type="client_credentials")["scope"] == "system/Patient.rs"
    assert client.get(f"{WORLD['base']}/Patient").json()["total"] == 1


check("Authlib, a system", "gets a token for itself and searches", system)
