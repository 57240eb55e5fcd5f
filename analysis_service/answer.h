// What every answer begins with: the question resolved, the choices that
// shaped it, warnings, and the evidence table that numbers index into.
#ifndef ANALYSIS_SERVICE_ANSWER_H_
#define ANALYSIS_SERVICE_ANSWER_H_

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analysis_service/catalog.h"
#include "analysis_service/facts.h"
#include "common/base/dates.h"
#include "meridian/v1/analysis.pb.h"

namespace meridian::analysis {

// A QueryContext resolved against a catalog.
struct Question {
  std::shared_ptr<const Catalog> catalog;  // at the seq asked for
  Day as_of = 0;
  CountryRule country_rule = CountryRule::kControllerHq;
  bool as_of_defaulted = true;
  bool country_rule_defaulted = true;
  bool at_seq_asked = false;  // from a given state of the log
  // Seconds until the day of the clock ends; 0: not known.
  uint32_t seconds_left = 0;

  FactContext facts() const { return FactContext::At(as_of, country_rule); }
};

// `today` stands for an empty as_of. Errors: InvalidArgument (BAD_DATE,
// UNKNOWN_COUNTRY_RULE), OutOfRange (SEQ_OUT_OF_RANGE).
absl::StatusOr<Question> ResolveQuestion(const v1::QueryContext& context,
                                         std::shared_ptr<const Catalog> current,
                                         Day today);

// Fills an AnswerHeader. Evidence rows are added as they are cited, each
// once, so that equal questions give equal bytes. Not thread-safe.
class Answer {
 public:
  // `question` and `header` must outlive it.
  Answer(const Question& question, v1::AnswerHeader* header);

  // Each (name, value) once.
  void Choose(absl::string_view name, absl::string_view value, bool defaulted);
  // The choice of the country rule; said only by answers that it can shape.
  void ChooseCountryRule();
  // Each (kind, message) once.
  void Warn(v1::WarningKind kind, absl::string_view message,
            std::vector<std::string> subjects = {});
  // Index of the row's evidence. Warns when its source failed last time.
  uint32_t Cite(const EvidenceRef& ref);
  // A fact with its evidence; warns when it was stated after as_of.
  v1::Fact Tell(FieldIndex field, const ModelFact& fact,
                absl::string_view subject);
  // The same of something that is no field, e.g. a call of a function.
  v1::Fact TellNamed(absl::string_view name, const ModelFact& fact,
                     absl::string_view subject);

  const Question& question() const { return question_; }
  // The question's, or what was laid over it.
  const Catalog& catalog() const { return *catalog_; }
  // Cites from a catalog that has all that the question's has, at the same
  // indexes, and more.
  void UseCatalog(std::shared_ptr<const Catalog> catalog) {
    catalog_ = std::move(catalog);
  }

 private:
  const Question& question_;
  std::shared_ptr<const Catalog> catalog_;
  v1::AnswerHeader* const header_;
  std::map<EvidenceRef, uint32_t> cited_;
  std::set<std::pair<int, std::string>> warned_;
};

// A value of a field as the protocol carries it; nothing set when unknown.
v1::FieldValue ToProto(const FactValue& value);

// A record in a few words, for people.
std::string Summarize(const v1::Record& record);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_ANSWER_H_
