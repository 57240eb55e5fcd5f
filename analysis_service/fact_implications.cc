// What one fact says of another, whatever they are.
#include <string>
#include <variant>

#include "absl/strings/string_view.h"
#include "analysis_service/fact_space_internal.h"

namespace meridian::analysis {
namespace {

const std::string& TextArgument(const FactTerm& term, size_t at) {
  return std::get<std::string>(term.arguments[at].value);
}

double ShareArgument(const FactTerm& term) {
  return std::get<NumberRange>(term.arguments[1].value).low;
}

absl::string_view FunctionName(const FactTerm& term) {
  if (term.function < 0) return "";
  return Functions()[term.function].name;
}

// Being `a` means being `b`, whatever the facts are.
bool Implies(const FactTerm& a, const FactTerm& b) {
  if (a.side != b.side || a.function < 0 || b.function < 0) return false;
  if (FunctionName(a) != FunctionName(b)) return false;
  if (b.arguments.size() != 2 || b.type != FieldType::kBool) return false;
  if (TextArgument(a, 0) != TextArgument(b, 0)) return false;
  // On a list oneself, or held by those who are.
  if (a.arguments.size() == 1) return true;
  if (!std::holds_alternative<NumberRange>(a.arguments[1].value)) return false;
  return ShareArgument(a) > ShareArgument(b);
}

// The field whose being a country means the function is true of it.
absl::string_view CountryBehind(absl::string_view function) {
  if (function == "developer.controlled_from") return "developer.headquarters";
  if (function == "offering.controlled_from") {
    return "offering.operator_country";
  }
  if (function == "model.derived_from_country") return "model.country";
  return "";
}

}  // namespace

std::vector<Implication> ImplicationsOf(const std::vector<FactTerm>& terms) {
  std::vector<Implication> implications;
  const int count = static_cast<int>(terms.size());
  for (int b = 0; b < count; ++b) {
    const absl::string_view behind = CountryBehind(FunctionName(terms[b]));
    for (int a = 0; a < count; ++a) {
      if (a == b) continue;
      if (Implies(terms[a], terms[b])) implications.push_back({a, 0, b});
      if (behind.empty() || terms[a].field != FindField(behind)) continue;
      const FactValue country = FactValue::Text(TextArgument(terms[b], 0));
      for (int value = 0; value < terms[a].size(); ++value) {
        if (terms[a].values[value] == country) {
          implications.push_back({a, value, b});
        }
      }
    }
  }
  return implications;
}

}  // namespace meridian::analysis
