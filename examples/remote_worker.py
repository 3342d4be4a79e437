#!/usr/bin/env python3
"""Runs tasks of kind `word_count` over HTTP: TASKPROC_URL=http://127.0.0.1:8080 examples/remote_worker.py
At SIGTERM and Ctrl+C it finishes what it runs, gives back the rest and says goodbye; a second one ends it at once."""
import collections, http.client, json, os, re, signal, sys, threading, time, urllib.error, urllib.parse, urllib.request

URL, TOKEN = os.environ.get("TASKPROC_URL", "http://127.0.0.1:8080"), os.environ.get("TASKPROC_API_TOKEN")
NAME = os.environ.get("WORKER_NAME", f"python-{os.uname().nodename}-{os.getpid()}")
me, holding, cancelled, stopping = {}, {}, set(), threading.Event()  # me: our process_id; holding: tasks by id

def run(task):
    with open(task["payload"]["file"], encoding="utf-8") as text:
        words = collections.Counter(re.findall(r"\w+", text.read().lower()))
    return {"words": sum(words.values()), "most_common": words.most_common(3)}

def post(path, body):
    """Sends it until there is an answer: no call does anything twice. What is refused is said, and None."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {TOKEN}"} if TOKEN else {})
    while True:
        request = urllib.request.Request(URL + path, json.dumps(body | me).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=70) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            if error.code in (401, 403):  # again and again it would be the same
                sys.exit(f"{URL} refuses this worker, see TASKPROC_API_TOKEN: {error.read().decode()}")
            if error.code < 500 and error.code != 429:
                return print(path, error.read().decode(), flush=True)
        except (OSError, ValueError, http.client.HTTPException):
            pass  # nobody there, or no answer
        time.sleep(1)

def beat(state="running"):
    path = f"/processes/{urllib.parse.quote(NAME, safe='')}/beat"
    answer = post(path, {"holding": list(holding), "state": state})
    cancelled.update(answer["cancel"] if answer else [])

def keep_beating():
    while not time.sleep(5):  # a third of the lease
        me and beat()

def settle(task, verb, **outcome):  # refused: the claim is lost, for the reason it gives, and nothing is left to do
    print(verb, post(f"/tasks/{task['id']}/{verb}", {"claim_number": task["claim_number"]} | outcome), flush=True)
    del holding[task["id"]]

def handle(task):
    if stopping.is_set() or task["id"] in cancelled:
        return settle(task, "release")  # what is to be cancelled is cancelled by that
    try:
        result = run(task)
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        return settle(task, "fail", error=text, permanent=isinstance(error, (KeyError, TypeError)))
    settle(task, "complete", result=result)

def stop(*_):
    stopping.is_set() and os._exit(1)
    stopping.set()  # written past the buffer of print, which the signal may have come into
    os.write(1, b"draining: what runs is finished, the rest is given back\n")

for each in signal.SIGTERM, signal.SIGINT:
    signal.signal(each, stop)
print(f"{NAME} runs tasks of kind word_count from {URL}", flush=True)
threading.Thread(target=keep_beating, daemon=True).start()
while not stopping.is_set():
    claims = post("/claims", {"process": NAME, "kinds": ["word_count"], "limit": 2, "wait": 5})
    me = {"process_id": claims["process_id"]} if claims else time.sleep(1) or {}  # declared lost: we are somebody new
    holding = {task["id"]: task for task in claims["tasks"]} if claims else {}
    for task in list(holding.values()):
        handle(task)
beat("stopping") if me else None
