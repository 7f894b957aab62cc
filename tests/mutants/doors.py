"""Mutants of the doors: the interface for programs, tokens, jobs, signatures."""

from tests.mutants.model import Mutant, mutants

API = ["tests/api", "tests/accounts/test_people.py"]
JOBS = ["tests/jobs/test_operations.py"]
SIGNING = ["tests/contracts/test_signing.py", "tests/contracts/test_races.py"]

DOORS: list[Mutant] = [
    *mutants(
        "accounts/",
        API,
        ("operations/replies.py", "a key of another request",
         "if kept.request_digest != request_digest:", "if False:"),
        ("operations/replies.py", "a key is forgotten", "        if not new:", "        if False:"),
        ("operations/replies.py", "a key of everybody", "user=actor, key=key, defaults={",
         "key=key, defaults={\"user\": actor, "),
        ("operations/replies.py", "a refusal keeps its key", "    with transaction.atomic():\n        kept, new",
         "    if True:\n        kept, new"),
        ("queries/tokens.py", "a token for ever", "revoked_at=None, expires_at__gt=now,", "revoked_at=None,"),
        ("queries/tokens.py", "a token that was revoked", "revoked_at=None, expires_at__gt=now,", "expires_at__gt=now,"),
        ("queries/tokens.py", "a token of somebody who left", "user__is_active=True, ", ""),
        ("operations/tokens.py", "a token of any length", "if not now < expires_at <= now + LONGEST:", "if False:"),
        ("api/endpoints.py", "a token that reads writes",
         'if request.method not in SAFE_METHODS and getattr(request.auth, "scope", "") == TokenScope.READ:', "if False:"),
        ("api/endpoints.py", "any parameter", "            if name not in known:", "            if False:"),
        ("api/endpoints.py", "pages of any size", "        if size > LARGEST_PAGE:", "        if False:"),
        ("api/endpoints.py", "any field", "        if unknown:", "        if False:"),
        ("api/endpoints.py", "a key of another body", "whole = [request.method, request.get_full_path(), parts]",
         "whole = [request.method, request.get_full_path()]"),
        ("api/endpoints.py", "a key of another address", "whole = [request.method, request.get_full_path(), parts]",
         "whole = [parts]"),
        ("api/bodies.py", "a key twice in one object", "    if len(found) != len(pairs):", "    if False:"),
        ("api/bodies.py", "any depth", "        if depth > DEEPEST:", "        if False:"),
        ("api/bodies.py", "NUL in a text", '    if "\\0" in text:', "    if False:"),
        ("api/bodies.py", "any size", "    if len(raw) > LARGEST_BYTES:", "    if False:"),
    ),
    *mutants(
        "blended_pilot/jobs/",
        JOBS,
        ("operations.py", "a job that was taken over ends all the same",
         "held = Job.objects.filter(pk=job.pk, status=Status.RUNNING, attempts=job.attempts)\n        done",
         "held = Job.objects.filter(pk=job.pk)\n        done"),
        ("operations.py", "a job that runs is run again", "filter(pk=job_id, status=Status.QUEUED)", "filter(pk=job_id)"),
        ("operations.py", "tried for ever", "    if job.attempts >= MAX_ATTEMPTS:\n        sentence",
         "    if False:\n        sentence"),
        ("operations.py", "asked for twice, done twice", "        elif not created:\n            return job", "        elif False:\n            return job"),
        ("operations.py", "the next step is forgotten", "        if job.then:", "        if False:"),
        ("querysets.py", "a job whose worker is gone", "status=\"running\", lease_until__lt=now",
         "status=\"running\", lease_until=None"),
    ),
    *mutants(
        "contracts/operations/",
        SIGNING,
        ("signing.py", "a version is signed without its lock",
         "version = ContractVersion.objects.select_for_update().get(pk=version_id)",
         "version = ContractVersion.objects.get(pk=version_id)"),
        ("signing.py", "one person signs for both", "    if mine:", "    if False:"),
        ("signing.py", "one signature is enough", "if version.signatures.count() == len(Party):", "if True:"),
    ),
]  # fmt: skip
