#include "analysis_service/answer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"

namespace meridian::analysis {

absl::StatusOr<Question> ResolveQuestion(const v1::QueryContext& context,
                                         std::shared_ptr<const Catalog> current,
                                         Day today) {
  Question question;
  question.as_of = today;
  if (!context.as_of().empty()) {
    const auto day = ParseDay(context.as_of());
    if (!day.ok()) return Annotate(day.status(), "as_of");
    question.as_of = *day;
    question.as_of_defaulted = false;
  }
  ASSIGN_OR_RETURN(question.country_rule,
                   ParseCountryRule(context.country_rule()));
  question.country_rule_defaulted = context.country_rule().empty();
  question.catalog = std::move(current);
  if (context.at_seq() != 0) {
    question.at_seq_asked = true;
    ASSIGN_OR_RETURN(question.catalog,
                     question.catalog->AtSeq(context.at_seq()));
  }
  return question;
}

Answer::Answer(const Question& question, v1::AnswerHeader* header)
    : question_(question), catalog_(question.catalog), header_(header) {
  header_->set_log_id(catalog().log_id());
  header_->set_seq(catalog().seq());
  header_->set_as_of(FormatDay(question.as_of));
}

void Answer::Choose(absl::string_view name, absl::string_view value,
                    bool defaulted) {
  for (const v1::Choice& choice : header_->choices()) {
    if (choice.name() == name && choice.value() == value) return;
  }
  v1::Choice* choice = header_->add_choices();
  choice->set_name(std::string(name));
  choice->set_value(std::string(value));
  choice->set_defaulted(defaulted);
}

void Answer::ChooseCountryRule() {
  Choose("country_rule", CountryRuleName(question_.country_rule),
         question_.country_rule_defaulted);
}

void Answer::Warn(v1::WarningKind kind, absl::string_view message,
                  std::vector<std::string> subjects) {
  if (!warned_.emplace(kind, std::string(message)).second) return;
  v1::Warning* warning = header_->add_warnings();
  warning->set_kind(kind);
  warning->set_message(std::string(message));
  for (std::string& subject : subjects) {
    *warning->add_subjects() = std::move(subject);
  }
}

uint32_t Answer::Cite(const EvidenceRef& ref) {
  const auto [it, inserted] = cited_.emplace(ref, header_->evidence_size());
  if (!inserted) return it->second;
  const Segment& segment = catalog().segment(ref);
  const v1::Snapshot& meta = segment.meta();
  v1::Record record = segment.RecordAt(ref.row);
  v1::Evidence* evidence = header_->add_evidence();
  evidence->set_id(segment.EvidenceIdAt(ref.row));
  evidence->set_source(meta.source());
  evidence->set_publisher(record.cites().publisher().empty()
                              ? meta.publisher()
                              : record.cites().publisher());
  evidence->set_stream(meta.stream());
  *evidence->mutable_vintage() = meta.vintage();
  evidence->set_revision(meta.revision());
  evidence->set_seq(meta.seq());
  const int document = static_cast<int>(record.locator().document());
  if (document < meta.documents_size()) {
    *evidence->mutable_document() = meta.documents(document);
  }
  evidence->set_summary(Summarize(record));
  *evidence->mutable_locator() = std::move(*record.mutable_locator());
  if (record.has_cites()) {
    *evidence->mutable_cites() = std::move(*record.mutable_cites());
  }
  evidence->set_data_licence(meta.data_licence());
  evidence->set_snapshot_digest(meta.digest());

  const v1::Observation* last = catalog().LastObservation(meta.source());
  // Observations have no seq: an answer from a given state of the log must not
  // change with them.
  if (last == nullptr || question_.at_seq_asked) return it->second;
  if (last->kind() == v1::Observation::KIND_HELD) {
    Warn(v1::WARNING_KIND_SOURCE_HELD,
         absl::StrCat("a newer snapshot of source '", meta.source(),
                      "' is held back: ", last->message()),
         {meta.source()});
  }
  if (last->kind() == v1::Observation::KIND_FAILED) {
    Warn(v1::WARNING_KIND_SOURCE_FAILED,
         absl::StrCat("the last run of source '", meta.source(),
                      "' failed; what it gave before is used"),
         {meta.source()});
  }
  return it->second;
}

v1::Fact Answer::Tell(FieldIndex field, const ModelFact& fact,
                      absl::string_view subject) {
  return TellNamed(Fields()[field].name, fact, subject);
}

v1::Fact Answer::TellNamed(absl::string_view name, const ModelFact& fact,
                           absl::string_view subject) {
  v1::Fact told;
  told.set_field(std::string(name));
  if (fact.value.known()) {
    *told.mutable_value() = ToProto(fact.value);
  } else {
    told.set_unknown_reason(
        static_cast<v1::UnknownReason>(static_cast<int>(fact.value.unknown)));
  }
  told.set_derivation(fact.derivation);
  told.set_stated_after_as_of(fact.stated_after_as_of);
  for (const EvidenceRef& ref : fact.evidence) {
    told.add_evidence(Cite(ref));
    if (catalog().segment(ref).is_own()) told.set_own(true);
  }
  for (const OtherStatement& other : fact.others) {
    v1::OtherStatement* lost = told.add_others();
    *lost->mutable_value() = ToProto(other.value);
    lost->set_source(other.source);
    for (const EvidenceRef& ref : other.evidence) {
      lost->add_evidence(Cite(ref));
    }
  }
  if (told.own() && !fact.others.empty()) {
    Warn(v1::WARNING_KIND_OWN_EVIDENCE,
         absl::StrCat("own evidence about ", name,
                      " is believed instead of what is published"),
         {std::string(subject)});
  }
  if (fact.stated_after_as_of) {
    Warn(v1::WARNING_KIND_STATED_AFTER_AS_OF,
         absl::StrCat(name,
                      " of some models was stated only "
                      "after ",
                      FormatDay(question_.as_of), "; nothing earlier is known"),
         {std::string(subject)});
  }
  return told;
}

namespace {

struct ValueToProto {
  v1::FieldValue* out;
  void operator()(std::monostate) const {}
  void operator()(const std::string& text) const { out->set_text(text); }
  void operator()(const NumberRange& range) const {
    if (range.low == range.high) {
      out->set_number(range.low);
    } else {
      out->mutable_interval()->set_low(range.low);
      out->mutable_interval()->set_high(range.high);
    }
  }
  void operator()(bool flag) const { out->set_flag(flag); }
  void operator()(const StringList& list) const {
    for (const std::string& item : list.items) {
      out->mutable_list()->add_items(item);
    }
    out->mutable_list();
  }
  // A message has no lists of objects; how many there are.
  void operator()(const std::shared_ptr<const ObjectList>& list) const {
    out->set_number(static_cast<double>(list->items.size()));
  }
  void operator()(const DateRange& range) const {
    if (range.is_day()) {
      out->set_date(FormatDay(range.first));
    } else if (NextMonth(range.first) == range.last + 1) {
      out->set_date(FormatMonth(range.first));
    } else if (FormatDay(range.first).substr(0, 4) ==
                   FormatDay(range.last).substr(0, 4) &&
               FormatDay(range.first).substr(4) == "-01-01" &&
               FormatDay(range.last).substr(4) == "-12-31") {
      out->set_date(FormatDay(range.first).substr(0, 4));
    } else {
      out->set_date(
          absl::StrCat(FormatDay(range.first), "/", FormatDay(range.last)));
    }
  }
};

std::string Number(double value) { return absl::StrCat(value); }

std::string SummarizeScore(const v1::Score& score) {
  std::string text = absl::StrCat(score.model(), " ", Number(score.value()));
  if (score.has_lower() && score.has_upper()) {
    absl::StrAppend(&text, " [", Number(score.lower()), ", ",
                    Number(score.upper()), "]");
  }
  if (score.has_votes()) absl::StrAppend(&text, ", ", score.votes(), " votes");
  return text;
}

std::string SummarizeModel(const v1::Model& model) {
  std::vector<std::string> parts = {model.name()};
  if (!model.developers().empty()) {
    parts.push_back(
        absl::StrCat("developer ", absl::StrJoin(model.developers(), ", ")));
  }
  for (const v1::ComponentLicence& licence : model.licences()) {
    parts.push_back(absl::StrCat("licence '", licence.licence(), "'"));
  }
  if (model.has_weights()) {
    parts.push_back(
        absl::StrCat("weights ", v1::Weights_Name(model.weights()).substr(8)));
  }
  if (model.has_release_date()) {
    parts.push_back(absl::StrCat("released ", model.release_date()));
  }
  return absl::StrJoin(parts, "; ");
}

std::string SummarizeOrganization(const v1::Organization& organization) {
  std::vector<std::string> parts = {organization.name()};
  for (const v1::DatedCountry& country : organization.headquarters()) {
    parts.push_back(absl::StrCat("headquarters ", country.country()));
  }
  for (const v1::Parent& parent : organization.parents()) {
    parts.push_back(absl::StrCat("parent ", parent.organization()));
  }
  return absl::StrJoin(parts, "; ");
}

std::string SummarizeAttestation(const v1::Attestation& attestation) {
  std::string text =
      absl::StrCat(attestation.subject(), ": ", attestation.scheme());
  if (attestation.has_item()) absl::StrAppend(&text, " ", attestation.item());
  if (attestation.has_level()) {
    absl::StrAppend(&text, " level ", Number(attestation.level()));
  }
  if (attestation.has_from()) {
    absl::StrAppend(&text, " from ", attestation.from());
  }
  if (attestation.has_to()) absl::StrAppend(&text, " to ", attestation.to());
  return text;
}

}  // namespace

v1::FieldValue ToProto(const FactValue& value) {
  v1::FieldValue out;
  std::visit(ValueToProto{&out}, value.value);
  return out;
}

std::string Summarize(const v1::Record& record) {
  switch (record.kind_case()) {
    case v1::Record::kScore:
      return SummarizeScore(record.score());
    case v1::Record::kModel:
      return SummarizeModel(record.model());
    case v1::Record::kOrganization:
      return SummarizeOrganization(record.organization());
    case v1::Record::kAlias:
      return absl::StrCat(
          record.alias().name(),
          record.alias().relation() == v1::Alias::RELATION_NOT_SAME ? " is not "
                                                                    : " means ",
          record.alias().model());
    case v1::Record::kIndicator: {
      const v1::Indicator& indicator = record.indicator();
      return absl::StrCat(indicator.name(), " ", indicator.area(), " ",
                          indicator.period(), ": ", Number(indicator.value()),
                          " ", indicator.unit());
    }
    case v1::Record::kLicence: {
      const v1::Licence& licence = record.licence();
      return absl::StrCat(
          licence.id(),
          licence.has_implies_weights()
              ? absl::StrCat(
                    " implies weights ",
                    v1::Weights_Name(licence.implies_weights()).substr(8))
              : "");
    }
    case v1::Record::kMembership:
      return absl::StrCat(
          record.membership().member(), " in ", record.membership().list(),
          record.membership().has_from() ? " from " : "",
          record.membership().from(),
          record.membership().has_to() ? " to " : "", record.membership().to());
    case v1::Record::kAttestation:
      return SummarizeAttestation(record.attestation());
    case v1::Record::kStoredPolicy:
      return absl::StrCat("policy ", record.stored_policy().id(), " ",
                          record.stored_policy().version());
    case v1::Record::kMethodOverride:
      return absl::StrCat(record.method_override().source(), " ",
                          record.method_override().stream(), " ",
                          record.method_override().vintage(), " is ",
                          record.method_override().method());
    case v1::Record::kOffering:
      return absl::StrCat(record.offering().operator_(), "/",
                          record.offering().route());
    case v1::Record::kBoard:
      return record.board().board();
    case v1::Record::kGroup:
      return absl::StrCat(record.group().name(), ": ",
                          record.group().expression());
    default: {
      const auto* field = record.GetReflection()->GetOneofFieldDescriptor(
          record, v1::Record::descriptor()->FindOneofByName("kind"));
      return field == nullptr ? "" : field->name();
    }
  }
}

}  // namespace meridian::analysis
