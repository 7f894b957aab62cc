from django.urls import path

from contracts.api import contracts, feeds

app_name = "contracts_api"

_VERSION = "contracts/<str:code>/versions/<int:number>/"

urlpatterns = [
    path("contracts/", contracts.Contracts.as_view(), name="contracts"),
    path("contracts/<str:code>/", contracts.OneContract.as_view(), name="contract"),
    path("contracts/<str:code>/versions/", contracts.Versions.as_view(), name="versions"),
    path(_VERSION, contracts.OneVersion.as_view(), name="version"),
    path(_VERSION + "document/", contracts.Document.as_view(), name="document"),
    path(_VERSION + "sign/", contracts.Sign.as_view(), name="sign"),
    path(_VERSION + "align/", contracts.Align.as_view(), name="align"),
    path(_VERSION + "withdraw/", contracts.Withdraw.as_view(), name="withdraw"),
    path("feeds/", feeds.Feeds.as_view(), name="feeds"),
    path("feeds/<int:pk>/", feeds.OneFeed.as_view(), name="feed"),
    path("feeds/<int:pk>/rejects/", feeds.Rejects.as_view(), name="rejects"),
    path("feeds/<int:pk>/apply/", feeds.Apply.as_view(), name="apply"),
    path("feeds/<int:pk>/discard/", feeds.Discard.as_view(), name="discard"),
]
