"""What the scripts in Python share: where Baton is, a person who agrees, and lines of what passed."""

import html
import json
import os
import re
import traceback
from urllib.parse import parse_qs, urlsplit

import requests

WORLD = json.loads(os.environ["WORLD"])
SCOPE = "openid fhirUser launch/patient patient/*.rs offline_access"


def values(page, name):
    return [html.unescape(found) for found in re.findall(f'name="{name}" value="([^"]*)"', page)]


def lets(address, login="ada"):
    """Follows an app's request as a person who agrees, and says where the browser is sent back to."""
    browser = requests.Session()
    headers = {"Origin": WORLD["url"]}
    answer = browser.get(address, allow_redirects=False)
    if 'name="password"' in answer.text:
        form = {"flow": values(answer.text, "flow")[0], "login": login, "password": WORLD["password"]}
        answer = browser.post(f"{WORLD['url']}/oauth/login", data=form, headers=headers, allow_redirects=False)
    if "location" not in answer.headers:
        form = [("flow", values(answer.text, "flow")[0]), ("decision", "allow"), ("patient", WORLD["patient"])]
        form += [("scope", scope) for scope in values(answer.text, "scope")]
        answer = browser.post(f"{WORLD['url']}/oauth/consent", data=form, headers=headers, allow_redirects=False)
    return answer.headers["location"]


def parameter(address, name):
    return parse_qs(urlsplit(address).query).get(name, [None])[0]


def check(group, name, run):
    try:
        found = run()
        print(f"ok    {group}: {name}")
        return found
    except Exception:
        print(f"FAIL  {group}: {name}\n      " + traceback.format_exc().strip().replace("\n", "\n      "))
        return None


def refuses(run, pattern):
    """Raises unless `run` does, with words that `pattern` fits."""
    try:
        outcome = run()
    except Exception as error:
        words = " ".join([type(error).__name__, str(error), str(getattr(error, "description", "")), getattr(getattr(error, "response", None), "text", "")])
        assert re.search(pattern, words), f"refused with other words than {pattern}: {words}"
        return
    raise AssertionError(f"it was not refused: {outcome}")
