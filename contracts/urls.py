from django.urls import path, re_path

from contracts.views import changes, contracts, escalations, feeds, versions

app_name = "contracts"
# what stands in `contracts/` under a leading "-" can never be a contract's code
urlpatterns = [
    path("contracts/", contracts.contracts, name="contracts"),
    path("contracts/-/load/", changes.load, name="load"),
    path("contracts/-/schema.json", versions.document_schema, name="schema"),
    path("contracts/-/attachments/<int:pk>/", versions.attachment, name="attachment"),
    path("contracts/<str:code>/", contracts.contract, name="contract"),
    path("contracts/<str:code>/compare/", versions.choose_comparison, name="choose_comparison"),
    path("contracts/<str:code>/compare/<int:older>/<int:newer>/", versions.compare, name="compare"),
    path("contracts/<str:code>/<int:number>/", versions.version, name="version"),
    re_path(
        r"^contracts/(?P<code>[^/]+)/(?P<number>[0-9]{1,6})/document\.(?P<form>yaml|json)$",
        versions.download,
        name="download",
    ),
    path("contracts/<str:code>/<int:number>/attach/", changes.attach, name="attach"),
    path("contracts/<str:code>/<int:number>/align/", changes.align, name="align"),
    path("contracts/<str:code>/<int:number>/sign/", changes.sign, name="sign"),
    path("contracts/<str:code>/<int:number>/withdraw/", changes.withdraw, name="withdraw"),
    path("feeds/", feeds.runs, name="feeds"),
    path("feeds/send/", feeds.send, name="send_feed"),
    path("feeds/<int:pk>/", feeds.run, name="feed_run"),
    path("feeds/<int:pk>/apply/", feeds.apply, name="apply_feed"),
    path("feeds/<int:pk>/discard/", feeds.discard, name="discard_feed"),
    re_path(r"^feeds/(?P<pk>[0-9]{1,18})/rejected\.(?P<form>csv|xlsx)$", feeds.download, name="rejected_rows"),
    path("escalations/", escalations.escalations, name="escalations"),
    path("escalations/<int:pk>/", escalations.escalation, name="escalation"),
    path("escalations/<int:pk>/take-on/", escalations.take_on, name="take_on"),
]
