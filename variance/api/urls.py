from django.urls import path

from variance.api import bought, cycles, ledger

app_name = "variance_api"

_CYCLE = "cycles/<str:code>/<str:month>/"

urlpatterns = [
    path("bought/<str:code>/<str:month>/", bought.Bought.as_view(), name="bought"),
    path("cycles/", cycles.Cycles.as_view(), name="cycles"),
    path(_CYCLE, cycles.OneCycle.as_view(), name="cycle"),
    path(_CYCLE + "calculate/", cycles.Calculate.as_view(), name="calculate"),
    path(_CYCLE + "submit/", cycles.Submit.as_view(), name="submit"),
    path(_CYCLE + "approve/", cycles.Approve.as_view(), name="approve"),
    path(_CYCLE + "close/", cycles.Close.as_view(), name="close"),
    path(_CYCLE + "send-back/", cycles.SendBack.as_view(), name="send_back"),
    path(_CYCLE + "lines/", cycles.Lines.as_view(), name="lines"),
    path(_CYCLE + "rows/", cycles.Rows.as_view(), name="rows"),
    path(_CYCLE + "gates/", cycles.Gates.as_view(), name="gates"),
    path(_CYCLE + "unpaid/", cycles.Unpaid.as_view(), name="cycle_unpaid"),
    path(_CYCLE + "exceptions/", cycles.Exceptions.as_view(), name="exceptions"),
    path("ledger/", ledger.Ledger.as_view(), name="ledger"),
    path("ledger/<int:pk>/", ledger.OneEntry.as_view(), name="entry"),
    path("unpaid/", ledger.AllUnpaid.as_view(), name="unpaid"),
    path("statements/", ledger.Statements.as_view(), name="statements"),
    path("statements/<int:pk>/", ledger.OneStatement.as_view(), name="statement"),
    path("statements/<int:pk>/lines/", ledger.StatementLines.as_view(), name="statement_lines"),
]
