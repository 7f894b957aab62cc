from typing import Any

app_name = "authorizations"
urlpatterns: list[Any] = []
