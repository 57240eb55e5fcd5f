#include "analysis_service/evaluate_expression.h"

#include <algorithm>
#include <utility>

#include "analysis_service/expression.h"
#include "analysis_service/expression_ast.h"
#include "analysis_service/expression_notation.h"
#include "analysis_service/facts.h"
#include "analysis_service/groups.h"
#include "analysis_service/listings.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

bool IsBool(const Expression& expression) {
  return expression.root().type.kind == internal::Kind::kBool;
}

void AddTruth(const Expression& expression, const Evaluation& evaluation,
              v1::EvaluateExpressionResponse* response) {
  // A value of another type is known without being true or false.
  const bool known = response->has_value();
  if (!IsBool(expression) && known && evaluation.truth == Truth::kUnknown) {
    return;
  }
  response->set_truth(
      static_cast<v1::Truth>(static_cast<int>(evaluation.truth)));
  for (const UnknownReason reason : evaluation.reasons) {
    response->add_reasons(
        static_cast<v1::UnknownReason>(static_cast<int>(reason)));
  }
}

void AddCalls(const Evaluation& evaluation,
              v1::EvaluateExpressionResponse* response) {
  for (const FactCall& call : evaluation.calls) {
    v1::CalledFunction* out = response->add_calls();
    out->set_call(CallText(call));
    out->set_value(DescribeValue(call.value));
    out->set_undecided(std::find(evaluation.unknown_calls.begin(),
                                 evaluation.unknown_calls.end(),
                                 call) != evaluation.unknown_calls.end());
  }
}

}  // namespace

absl::StatusOr<v1::EvaluateExpressionResponse> EvaluateExpression(
    const Question& question, const v1::EvaluateExpressionRequest& request) {
  v1::EvaluateExpressionResponse response;
  Answer answer(question, response.mutable_header());
  answer.ChooseCountryRule();
  const Catalog& catalog = *question.catalog;
  ASSIGN_OR_RETURN(
      const Expression expression,
      CompileValue(request.expression(), MakeEnvironment(catalog)));
  EntityId model = kNoEntity;
  if (!request.model().empty()) {
    ASSIGN_OR_RETURN(model, FindModel(catalog, request.model()));
    response.set_model(catalog.resolution().entity(model).name);
  } else if (!expression.fields().empty() || !expression.functions().empty()) {
    return MakeError(absl::StatusCode::kInvalidArgument, "MODEL_REQUIRED",
                     "the expression names facts of a model; say which model",
                     {{"expression", request.expression()}});
  }
  FactReader facts(catalog, question.facts());
  const ModelFacts source(catalog, facts, model);
  ASSIGN_OR_RETURN(Notation notation, EvaluateNotation(expression, source));
  if (notation.value.kind_case() != google::protobuf::Value::KIND_NOT_SET) {
    *response.mutable_value() = std::move(notation.value);
  }
  response.set_value_text(std::move(notation.words));
  response.set_type(TypeText(expression));
  const Evaluation evaluation = Evaluate(expression, source);
  AddTruth(expression, evaluation, &response);
  AddCalls(evaluation, &response);
  if (model != kNoEntity) {
    for (const FieldIndex field : evaluation.fields) {
      *response.add_facts() =
          answer.Tell(field, facts.Get(model, field), response.model());
    }
  }
  return response;
}

}  // namespace meridian::analysis
