from django.urls import path

from contracts.api import attachments, contracts, escalations, feeds

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
    path(_VERSION + "attachments/", attachments.Attachments.as_view(), name="attachments"),
    path(_VERSION + "attachments/<int:pk>/", attachments.AttachmentContent.as_view(), name="attachment"),
    path("escalations/", escalations.Escalations.as_view(), name="escalations"),
    path("escalations/<int:pk>/", escalations.OneEscalation.as_view(), name="escalation"),
    path("escalations/<int:pk>/take-on/", escalations.TakeOn.as_view(), name="take_on"),
    path("escalations/<int:pk>/decide/", escalations.Decide.as_view(), name="decide"),
    path("feeds/", feeds.Feeds.as_view(), name="feeds"),
    path("feeds/<int:pk>/", feeds.OneFeed.as_view(), name="feed"),
    path("feeds/<int:pk>/rejects/", feeds.Rejects.as_view(), name="rejects"),
    path("feeds/<int:pk>/apply/", feeds.Apply.as_view(), name="apply"),
    path("feeds/<int:pk>/discard/", feeds.Discard.as_view(), name="discard"),
]
