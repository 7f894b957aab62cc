"""What people send on the pages of this stage; parsed here, decided by the operations."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from contracts.operations.attachments import File
from contracts.rules.reading import Format


class SeveralFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """Any number of files, as a list."""

    widget = SeveralFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        files = [file for file in (data if isinstance(data, list | tuple) else [data]) if file]
        if not files:
            super().clean(None, initial)
        return [super(SeveralFilesField, self).clean(file, initial) for file in files]


def _kept(files: list[UploadedFile]) -> list[File]:
    return [File(name=file.name or "", content=file.read()) for file in files]


class LoadForm(forms.Form):
    document = forms.FileField(
        label=_("Contract document"),
        widget=forms.FileInput(attrs={"accept": ".yaml,.yml,.json"}),
        help_text=_("A YAML or JSON file. It becomes a draft; nothing is in force before both parties have signed."),
    )
    attachments = SeveralFilesField(
        label=_("Agreed documents"),
        required=False,
        help_text=_("Files that the document names under attachments. They can also follow later."),
    )

    @property
    def source_format(self) -> Format:
        return "json" if (self.cleaned_data["document"].name or "").lower().endswith(".json") else "yaml"

    def kept(self) -> list[File]:
        return _kept(self.cleaned_data["attachments"])


class AttachForm(forms.Form):
    attachments = SeveralFilesField(label=_("Agreed documents"))

    def kept(self) -> list[File]:
        return _kept(self.cleaned_data["attachments"])


class SignForm(forms.Form):
    digest = forms.CharField(widget=forms.HiddenInput)
    read = forms.BooleanField(label=_("I have read this version and sign it for my organisation."))


class ConfirmForm(forms.Form):
    confirmed = forms.BooleanField(label=_("I confirm that funding and the safe operating model agree."))


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Kept in the history, for both parties to read."),
    )


class DecideForm(forms.Form):
    decision = forms.CharField(
        label=_("What was decided, and what happens now"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class SendForm(forms.Form):
    contract = forms.ChoiceField(label=_("Contract"))
    kind = forms.ChoiceField(label=_("What the file states"))
    file = forms.FileField(
        label=_("File"),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
        help_text=_("CSV in UTF-8, or a spreadsheet (XLSX), of which the first sheet is read."),
    )
    mapping = forms.FileField(
        label=_("Mapping"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".yaml,.yml"}),
        help_text=_("A YAML file with their names of columns and values for ours. Only where the file uses its own."),
    )

    def __init__(self, *args: Any, contracts: Any, kinds: Any, largest: int, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["contract"].choices = [(contract.pk, f"{contract.code} {contract.title}") for contract in contracts]
        self.fields["kind"].choices = [(kind.name, kind.title) for kind in kinds]
        self._largest = largest

    def clean_file(self) -> UploadedFile:
        """What is too large is not kept at all."""
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > self._largest:
            raise forms.ValidationError(
                _("The file has %(size)d MB; a feed may have %(most)d MB. Send it in parts.")
                % {"size": (file.size or 0) // 1_000_000 + 1, "most": self._largest // 1_000_000}
            )
        return file
