from typing import Any

app_name = "authorizations_api"
urlpatterns: list[Any] = []
