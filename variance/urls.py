from django.urls import path

from variance.views import bought, cycles, findings, ledger, statements

app_name = "variance"

_MONTH = "cycles/<str:code>/<str:month>/"

urlpatterns = [
    path("cycles/", cycles.cycle_list, name="cycles"),
    path("cycles/<str:code>/open/", cycles.open_next, name="open"),
    path(_MONTH, cycles.cycle_page, name="cycle"),
    path(_MONTH + "calculate/", cycles.calculate, name="calculate"),
    path(_MONTH + "submit/", cycles.submit, name="submit"),
    path(_MONTH + "approve/", cycles.approve, name="approve"),
    path(_MONTH + "close/", cycles.close, name="close"),
    path(_MONTH + "send-back/", cycles.send_back, name="send_back"),
    path(_MONTH + "lines/", findings.lines, name="lines"),
    path(_MONTH + "rows/", findings.rows, name="rows"),
    path(_MONTH + "unpaid/", findings.unpaid, name="cycle_unpaid"),
    path(_MONTH + "exceptions/", findings.exceptions, name="exceptions"),
    path("bought/", bought.contracts, name="bought_contracts"),
    path("bought/<str:code>/<str:month>/", bought.month, name="bought"),
    path("bought/<str:code>/<str:month>/members/", bought.members, name="bought_members"),
    path("ledger/", ledger.ledger_list, name="ledger"),
    path("ledger/unpaid/", ledger.unpaid_list, name="unpaid"),
    path("ledger/<int:pk>/", ledger.entry_page, name="entry"),
    path("ledger/of-member/<int:member>/", ledger.member_panel, name="member_panel"),
    path("ledger/of-record/<int:activity>/", ledger.activity_panel, name="activity_panel"),
    path("statements/", statements.statement_list, name="statements"),
    path("statements/<int:pk>/", statements.statement_page, name="statement"),
    path("statements/<int:pk>/<str:form>/", statements.download, name="statement_file"),
]
