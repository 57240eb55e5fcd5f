#include "analysis_service/policy_facts.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "analysis_service/expression_notation.h"
#include "analysis_service/own_evidence.h"
#include "analysis_service/policy.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

class Facts : public FactSource {
 public:
  Facts(PolicyFacts& facts, EntityId model, int offering)
      : facts_(facts), model_(model), offering_(offering) {}

  const FactValue& Get(FieldIndex field) const override {
    return facts_.reader().Get(model_, field, offering_).value;
  }
  FactValue Call(FunctionIndex function, const FactObject* receiver,
                 absl::Span<const FactValue> arguments) const override {
    return facts_.reader()
        .Call(model_, offering_, function, receiver, arguments)
        .value;
  }
  StringList ListMembers(absl::string_view list) const override {
    return {facts_.catalog().Members(list, facts_.reader().context().on),
            /*complete=*/true};
  }

 private:
  PolicyFacts& facts_;
  const EntityId model_;
  const int offering_;
};

}  // namespace

v1::Deployer MergeDeployers(const v1::Deployer& base,
                            const v1::Deployer& override) {
  v1::Deployer merged = base;
  merged.MergeFrom(override);
  return merged;
}

absl::StatusOr<std::unique_ptr<PolicyFacts>> PolicyFacts::Overlay(
    const v1::PolicyQuestion& question, Answer& answer) {
  auto facts = std::make_unique<PolicyFacts>();
  facts->catalog_ = answer.question().catalog;
  if (!question.evidence().empty()) {
    ASSIGN_OR_RETURN(
        facts->catalog_,
        WithOwnEvidence(std::move(facts->catalog_), question.evidence()));
    answer.UseCatalog(facts->catalog_);
  }
  return facts;
}

absl::Status PolicyFacts::Open(const v1::Policy& policy,
                               const v1::PolicyQuestion& question,
                               Answer& answer) {
  FactContext context = answer.question().facts();
  context.deployer = MergeDeployers(policy.deployer(), question.deployer());
  if (policy.has_max_age_days()) {
    context.max_age_days = policy.max_age_days();
  }
  if (!question.on().empty()) {
    const auto on = ParseDay(question.on());
    if (!on.ok()) return Annotate(on.status(), "on");
    if (*on > context.as_of) {
      return MakeError(
          absl::StatusCode::kInvalidArgument, "BAD_REQUEST",
          absl::StrCat("on is ", question.on(), ", after as_of ",
                       FormatDay(context.as_of),
                       "; a question about a later day needs a later as_of"),
          {{"field", "on"}});
    }
    context.on = *on;
  }
  if (!question.on().empty()) {
    answer.Choose("on", FormatDay(context.on), /*defaulted=*/false);
  }
  reader_ = std::make_unique<FactReader>(*catalog_, context);
  return absl::OkStatus();
}

std::unique_ptr<FactSource> PolicyFacts::Of(EntityId model, int offering) {
  return std::make_unique<Facts>(*this, model, offering);
}

bool PolicyFacts::HasNoOfferings(EntityId model) {
  static const FieldIndex field = FindField("offerings");
  const FactValue& value = reader_->Get(model, field).value;
  const auto* list =
      std::get_if<std::shared_ptr<const ObjectList>>(&value.value);
  return list != nullptr && *list != nullptr && (*list)->items.empty() &&
         (*list)->complete;
}

v1::Fact PolicyFacts::TellField(EntityId model, int offering, FieldIndex field,
                                Answer& answer) {
  return answer.Tell(field, reader_->Get(model, field, offering),
                     catalog_->resolution().entity(model).name);
}

v1::Fact PolicyFacts::TellCall(EntityId model, int offering,
                               const FactCall& call, Answer& answer) {
  const FactObject* receiver = nullptr;
  if (call.is_method) {
    for (const FactObject& object : reader_->Offerings(model)) {
      if (object.id == call.receiver) receiver = &object;
    }
  }
  const ModelFact& fact =
      reader_->Call(model, offering, call.function, receiver, call.arguments);
  return answer.TellNamed(CallText(call), fact,
                          catalog_->resolution().entity(model).name);
}

std::vector<std::string> PolicyFacts::LicenceObligations(EntityId model) {
  std::vector<std::string> obligations;
  for (const ModelObligation& one : reader_->ObligationsOf(model)) {
    obligations.push_back(
        absl::StrCat(one.applies == Truth::kTrue ? "" : "possibly: ",
                     one.obligation.text()));
  }
  return obligations;
}

bool PolicyFacts::IsDeveloper(EntityId model, const std::string& organization) {
  static const FieldIndex field = FindField("model.developers");
  const FactValue& value = reader_->Get(model, field).value;
  const auto* list = std::get_if<StringList>(&value.value);
  return list != nullptr && std::binary_search(list->items.begin(),
                                               list->items.end(), organization);
}

}  // namespace meridian::analysis
