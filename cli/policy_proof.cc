#include "cli/policy_proof.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/commands.h"
#include "cli/policy_text.h"
#include "cli/text.h"
#include "cli/words.h"

namespace meridian::cli {
namespace {

// Columns of the sentences.
constexpr int kWidth = 78;

// Where a fact stands: with --cite its numbers, else source and date.
std::string PlaceText(const v1::Fact& fact, const v1::AnswerHeader& header,
                      Citations& citations, const Output& output) {
  if (output.cite) return citations.Marks(fact.evidence());
  for (uint32_t index : fact.evidence()) {
    if (index >= static_cast<uint32_t>(header.evidence_size())) continue;
    const v1::Evidence& evidence = header.evidence(static_cast<int>(index));
    return absl::StrCat("[", evidence.source(), " ", evidence.vintage().date(),
                        "]");
  }
  return "";
}

std::string FactText(const v1::Fact& fact) {
  std::string text = absl::StrCat(fact.field(), " = ");
  if (fact.value().value_case() == v1::FieldValue::VALUE_NOT_SET) {
    absl::StrAppend(&text, kUnknown, " (", EnumWord(fact.unknown_reason()),
                    ")");
  } else {
    text += ValueText(fact.value());
  }
  if (fact.own()) text += ", own evidence";
  if (fact.stated_after_as_of()) text += ", stated after as_of";
  if (!fact.derivation().empty()) {
    absl::StrAppend(&text, "; ", fact.derivation());
  }
  return text;
}

class TreePrinter {
 public:
  TreePrinter(const v1::ExplainVerdictResponse& answer, Citations& citations,
              const Output& output)
      : answer_(answer), citations_(citations), output_(output) {}

  void Rule(const v1::RuleProof& proof) {
    const v1::RuleResult& rule = proof.result();
    const bool applies = rule.applies();
    Line(2, absl::StrCat(
                Paint(output_,
                      applies ? TruthColor(rule.satisfied()) : Color::kDim,
                      applies ? TruthText(rule.satisfied()) : "-"),
                " ",
                Paint(output_, Color::kBold,
                      Printable(absl::StrCat(rule.kind(), " ", rule.rule()))),
                ": ", Printable(RuleState(rule))));
    for (const auto& [word, text] :
         {std::pair{"because: ", &proof.because()},
          std::pair{"reading of: ", &proof.reference()}}) {
      if (!text->empty()) Line(6, Printable(absl::StrCat(word, *text)));
    }
    if (proof.has_applies_when()) {
      Line(6, "applies when");
      Node(proof.applies_when(), 8);
    }
    Node(proof.body(), 6);
  }

 private:
  void Line(int indent, const std::string& text) {
    output_.out << std::string(indent, ' ') << text << "\n";
  }

  void Node(const v1::ProofNode& node, int indent) {
    std::string line;
    if (node.truth() != v1::TRUTH_UNSPECIFIED) {
      line = absl::StrCat(
          Paint(output_, TruthColor(node.truth()), TruthText(node.truth())),
          " ");
    }
    line += Printable(node.expression());
    if (!node.value().empty()) {
      absl::StrAppend(&line, " = ", Printable(node.value()));
    }
    const std::string reasons = ReasonsText(node.reasons());
    if (!reasons.empty()) absl::StrAppend(&line, " (", reasons, ")");
    if (!node.expression().empty()) Line(indent, line);
    for (uint32_t index : node.facts()) {
      if (index >= static_cast<uint32_t>(answer_.facts_size())) continue;
      const v1::Fact& fact = answer_.facts(static_cast<int>(index));
      const std::string place =
          PlaceText(fact, answer_.header(), citations_, output_);
      Line(indent + 2,
           Paint(output_, Color::kDim,
                 Printable(absl::StrCat(FactText(fact),
                                        place.empty() ? "" : "  ", place))));
    }
    for (const v1::ProofNode& part : node.parts()) Node(part, indent + 2);
  }

  const v1::ExplainVerdictResponse& answer_;
  Citations& citations_;
  const Output& output_;
};

// Sentences, broken to lines; those about facts stand indented under the one
// about their rule.
void PrintSentences(const v1::ExplainVerdictResponse& answer,
                    const Output& output) {
  if (answer.text_size() == 0) return;
  output.out << "\n";
  PrintHeading(output, "in words");
  const bool markdown = output.format == Format::kMarkdown;
  for (const std::string& sentence : answer.text()) {
    const bool indented = absl::StartsWith(sentence, " ");
    std::string lead = indented ? "    " : "  ";
    const std::string next = lead;
    if (markdown) lead = indented ? "  - " : "- ";
    for (const std::string& line : Wrap(Printable(sentence), kWidth)) {
      output.out << lead << line << "\n";
      lead = next;
    }
  }
}

void AddFacts(const v1::ExplainVerdictResponse& answer,
              const v1::ProofNode& node, std::vector<uint32_t>& indexes) {
  for (uint32_t index : node.facts()) {
    const bool new_one =
        std::find(indexes.begin(), indexes.end(), index) == indexes.end();
    if (new_one && index < static_cast<uint32_t>(answer.facts_size())) {
      indexes.push_back(index);
    }
  }
  for (const v1::ProofNode& part : node.parts()) {
    AddFacts(answer, part, indexes);
  }
}

}  // namespace

std::string VerdictLine(const v1::ModelVerdict& verdict) {
  std::string text =
      absl::StrCat(SubjectText(verdict.model(), verdict.offering()), ": ",
                   EnumWord(verdict.verdict()));
  if (verdict.verdict() != v1::VERDICT_UNDETERMINED) return text;
  std::vector<std::string> ends;
  if (verdict.can_be_admitted() == v1::TRUTH_TRUE) ends.push_back("ADMISSIBLE");
  if (verdict.can_be_excluded() == v1::TRUTH_TRUE) ends.push_back("EXCLUDED");
  if (!ends.empty()) {
    absl::StrAppend(&text, " (can become ", absl::StrJoin(ends, " or "), ")");
  }
  return text;
}

std::vector<const v1::Fact*> FactsOfRule(
    const v1::ExplainVerdictResponse& answer, const v1::RuleProof& proof) {
  std::vector<uint32_t> indexes;
  AddFacts(answer, proof.body(), indexes);
  AddFacts(answer, proof.applies_when(), indexes);
  std::vector<const v1::Fact*> facts;
  for (uint32_t index : indexes) {
    facts.push_back(&answer.facts(static_cast<int>(index)));
  }
  return facts;
}

void PrintExplanation(const v1::ExplainVerdictResponse& answer,
                      Citations& citations, const Output& output) {
  const v1::Policy& policy = answer.policy();
  const bool fenced = output.format == Format::kMarkdown;
  output.out << Paint(output, VerdictColor(answer.verdict().verdict()),
                      Printable(VerdictLine(answer.verdict())))
             << "\n"
             << (fenced ? "\n" : "")
             << Printable(absl::StrCat("policy ", policy.id(), " ",
                                       policy.version(), ", digest ",
                                       answer.policy_digest().substr(0, 12)))
             << "\n\n";
  // A tree is told by its indents, which Markdown would take away.
  if (fenced) output.out << "```\n";
  TreePrinter tree(answer, citations, output);
  for (const v1::RuleProof& rule : answer.rules()) tree.Rule(rule);
  if (fenced) output.out << "```\n";
  PrintSentences(answer, output);
}

void PrintExplanationCsv(const v1::ExplainVerdictResponse& answer,
                         Citations& citations, const Output& output) {
  std::vector<Column> columns = {{"model"}, {"offering"}, {"verdict"},
                                 {"rule"},  {"kind"},     {"satisfied"},
                                 {"state"}, {"fact"},     {"value"}};
  citations.AddColumns(columns);
  Table table(columns);
  const v1::ModelVerdict& verdict = answer.verdict();
  for (const v1::RuleProof& proof : answer.rules()) {
    const v1::RuleResult& rule = proof.result();
    const std::vector<Cell> begin = {Text(verdict.model()),
                                     Text(OfferingText(verdict.offering())),
                                     VerdictCell(verdict.verdict()),
                                     Text(rule.rule()),
                                     Text(rule.kind()),
                                     TruthCell(rule.satisfied()),
                                     Text(RuleState(rule))};
    const std::vector<const v1::Fact*> facts = FactsOfRule(answer, proof);
    for (const v1::Fact* fact : facts) {
      std::vector<Cell> row = begin;
      row.push_back(Text(fact->field()));
      row.push_back(Text(ValueText(fact->value())));
      citations.AddCells(fact->evidence(), row);
      table.Add(std::move(row));
    }
    if (facts.empty()) table.Add(begin);
  }
  table.Print(output);
}

}  // namespace meridian::cli
