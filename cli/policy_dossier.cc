// `meridian policy dossier ID`: a decision as a document for an auditor.
#include <google/protobuf/text_format.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "cli/commands.h"
#include "cli/decision_text.h"
#include "cli/policy_commands.h"
#include "cli/policy_proof.h"
#include "cli/policy_text.h"
#include "cli/text.h"
#include "cli/words.h"
#include "common/base/status.h"

namespace meridian::cli {
namespace {

// A word of a shell command.
std::string Quoted(absl::string_view word) {
  return absl::StrCat("'", absl::StrReplaceAll(word, {{"'", "'\\''"}}), "'");
}

const char* TruthWord(bool value) { return value ? "true" : "false"; }

// The flags that give a deployer again.
std::string DeployerFlags(const v1::Deployer& deployer) {
  std::string flags;
  const auto add = [&flags](bool has, absl::string_view key,
                            const std::string& value) {
    if (!has) return;
    absl::StrAppend(&flags, " --deployer ",
                    Quoted(absl::StrCat(key, "=", value)));
  };
  add(deployer.has_country(), "country", deployer.country());
  add(deployer.has_monthly_active_users(), "mau",
      Shortest(deployer.monthly_active_users()));
  add(deployer.has_annual_revenue_usd(), "revenue",
      Shortest(deployer.annual_revenue_usd()));
  add(deployer.has_commercial(), "commercial",
      TruthWord(deployer.commercial()));
  add(deployer.has_military(), "military", TruthWord(deployer.military()));
  add(deployer.has_critical_infrastructure(), "critical_infrastructure",
      TruthWord(deployer.critical_infrastructure()));
  add(deployer.has_sector(), "sector", deployer.sector());
  add(deployer.has_mode(), "mode", EnumWord(deployer.mode()));
  return flags;
}

class Dossier {
 public:
  Dossier(const v1::PolicyDecision& decision, std::ostream& out)
      : decision_(decision), proof_(decision.proof()), out_(out) {}

  void Write() {
    Head();
    Words();
    Rules();
    Bullets("Obligations", proof_.verdict().obligations());
    Bullets("Warnings of the policy", proof_.verdict().warnings());
    PolicyText();
    OwnEvidence();
    Documents();
    AnswerNotes();
    Repeat();
  }

 private:
  void Heading(absl::string_view text) {
    out_ << "\n## " << Printable(text) << "\n\n";
  }
  void Row(absl::string_view name, absl::string_view value) {
    if (value.empty()) return;
    out_ << "| " << name << " | " << MarkdownCell(Printable(value)) << " |\n";
  }
  template <typename Lines>
  void Bullets(absl::string_view heading, const Lines& lines) {
    if (lines.empty()) return;
    Heading(heading);
    for (const std::string& line : lines) {
      out_ << "- " << Printable(line) << "\n";
    }
  }
  // Text as it is, in a fence that nothing inside can close.
  void Fenced(absl::string_view language, absl::string_view text) {
    std::string fence = "```";
    while (absl::StrContains(text, fence)) fence += "`";
    out_ << fence << language << "\n";
    for (absl::string_view line : absl::StrSplit(text, '\n')) {
      if (line.empty() &&
          line.data() + line.size() == text.data() + text.size())
        break;
      out_ << Printable(line) << "\n";
    }
    out_ << fence << "\n";
  }
  template <typename Indexes>
  std::string Marks(const Indexes& indexes) {
    std::string marks;
    for (uint32_t index : indexes)
      absl::StrAppend(&marks, " [", index + 1, "]");
    return marks;
  }

  void Head();
  void Words();
  void Rules();
  void Rule(const v1::RuleProof& proof);
  void Fact(const v1::Fact& fact);
  void PolicyText();
  void OwnEvidence();
  void Documents();
  void Document(int number, const v1::Evidence& evidence);
  void AnswerNotes();
  void Repeat();

  const v1::PolicyDecision& decision_;
  const v1::ExplainVerdictResponse& proof_;
  std::ostream& out_;
};

void Dossier::Head() {
  const v1::QueryContext& context = decision_.question().context();
  out_ << "# "
       << Printable(absl::StrCat(
              EnumWord(decision_.ruling()), ": ",
              SubjectText(decision_.model(), decision_.offering())))
       << "\n\n| | |\n| --- | --- |\n";
  Row("Decision", decision_.id());
  Row("Ruling",
      absl::StrCat(EnumWord(decision_.ruling()), ", ", AgainstText(decision_)));
  Row("Approver", decision_.approver());
  Row("Reason", decision_.reason());
  Row("Decided at", decision_.decided_at());
  Row("Verdict of the policy", VerdictLine(proof_.verdict()));
  Row("Policy",
      absl::StrCat(decision_.policy_id(), " ", decision_.policy_version(),
                   proof_.policy().title().empty() ? "" : ", ",
                   proof_.policy().title()));
  Row("Policy digest", decision_.policy_digest());
  Row("Asked as of", context.as_of());
  Row("Facts of the day", decision_.question().on());
  Row("Country rule", context.country_rule());
  Row("Log",
      absl::StrCat(proof_.header().log_id(), ", seq ", context.at_seq()));
  Row("Deployer", DeployerText(decision_.deployer()));
  out_ << "\nThe verdict is what one author's machine-readable reading of "
          "rules says about what\ndocuments state. It is not legal advice.\n";
}

void Dossier::Words() {
  if (proof_.text_size() == 0) return;
  Heading("In words");
  for (const std::string& line : proof_.text()) {
    // What begins with spaces is about a fact, under the line of its rule.
    const absl::string_view text = absl::StripLeadingAsciiWhitespace(line);
    out_ << (text.size() < line.size() ? "  - " : "- ") << Printable(text)
         << "\n";
  }
}

void Dossier::Rules() {
  Heading("Rules");
  for (const v1::RuleProof& proof : proof_.rules()) Rule(proof);
}

void Dossier::Rule(const v1::RuleProof& proof) {
  const v1::RuleResult& rule = proof.result();
  out_ << "### "
       << Printable(absl::StrCat(rule.rule(), " (", rule.kind(),
                                 "): ", RuleState(rule)))
       << "\n\n";
  if (!proof.body().expression().empty()) {
    out_ << "`" << Printable(proof.body().expression()) << "`\n\n";
  }
  for (const auto& [word, text] :
       {std::pair{"Says", &rule.explanation()},
        std::pair{"Because", &proof.because()},
        std::pair{"Reading of", &proof.reference()}}) {
    if (!text->empty())
      out_ << "- " << word << ": " << Printable(*text) << "\n";
  }
  if (rule.has_waiver()) {
    const v1::Waiver& waiver = rule.waiver();
    out_ << "- Waived for "
         << Printable(absl::StrCat(waiver.subject(), " until ", waiver.until(),
                                   " by ", waiver.approver(), ": ",
                                   waiver.reason()))
         << "\n";
  }
  for (const v1::Fact* fact : FactsOfRule(proof_, proof)) Fact(*fact);
  out_ << "\n";
}

void Dossier::Fact(const v1::Fact& fact) {
  const bool known = fact.value().value_case() != v1::FieldValue::VALUE_NOT_SET;
  out_ << "- Fact: "
       << Printable(absl::StrCat(
              fact.field(), " = ", ValueText(fact.value()),
              known ? ""
                    : absl::StrCat(" (", EnumWord(fact.unknown_reason()), ")"),
              fact.own() ? ", own evidence" : "",
              fact.derivation().empty() ? "" : "; ", fact.derivation()))
       << Marks(fact.evidence()) << "\n";
  for (const v1::OtherStatement& other : fact.others()) {
    out_ << "  - "
         << Printable(absl::StrCat(other.source(), " says ",
                                   ValueText(other.value())))
         << "\n";
  }
}

void Dossier::PolicyText() {
  Heading("Policy");
  const v1::PolicyQuestion& question = decision_.question();
  if (!proof_.policy().author_note().empty()) {
    out_ << Printable(proof_.policy().author_note()) << "\n\n";
  }
  for (const std::string& reference : proof_.policy().references()) {
    out_ << "- " << Printable(reference) << "\n";
  }
  if (proof_.policy().references_size() > 0) out_ << "\n";
  if (question.has_source()) {
    out_ << "As it was given (" << Printable(question.source().file_name())
         << "):\n\n";
    Fenced("", question.source().text());
    return;
  }
  std::string text;
  google::protobuf::TextFormat::PrintToString(question.policy(), &text);
  out_ << "As the log held it:\n\n";
  Fenced("textproto", text);
}

void Dossier::OwnEvidence() {
  if (decision_.question().evidence_size() == 0) return;
  Heading("Own evidence");
  for (const v1::OwnEvidence& own : decision_.question().evidence()) {
    out_ << "- "
         << Printable(absl::StrCat(
                own.author(), ", ", own.date(), ", ",
                own.file_name().empty() ? "no file" : own.file_name(),
                own.document_sha256().empty()
                    ? ", document not hashed"
                    : absl::StrCat(", sha256 ", own.document_sha256())))
         << "\n";
    for (const v1::Record& record : own.records()) {
      out_ << "  - `" << Printable(RecordText(record)) << "`\n";
    }
  }
}

void Dossier::Documents() {
  if (proof_.header().evidence_size() == 0) return;
  Heading("Documents");
  int number = 0;
  for (const v1::Evidence& evidence : proof_.header().evidence()) {
    Document(++number, evidence);
  }
}

void Dossier::Document(int number, const v1::Evidence& evidence) {
  const v1::Citation& cites = evidence.cites();
  const auto either = [](const std::string& a, const std::string& b) {
    return a.empty() ? (b.empty() ? std::string(kUnknown) : b) : a;
  };
  out_ << "- [" << number << "] "
       << Printable(absl::StrCat(
              either(cites.publisher(), evidence.publisher()), ", ",
              either(cites.title(),
                     absl::StrCat(evidence.source(), " ", evidence.stream())),
              cites.figure().empty() ? "" : ", ", cites.figure(), ", vintage ",
              VintageText(evidence.vintage())))
       << "\n";
  const auto line = [this](absl::string_view name, const std::string& value) {
    out_ << "  - " << name << ": "
         << Printable(value.empty() ? kUnknown : value) << "\n";
  };
  line("URL", either(cites.url(), evidence.document().uri()));
  line("read from", evidence.document().uri());
  line("sha256", evidence.document().sha256());
  line("place", LocatorText(evidence.locator()));
  line("licence", evidence.data_licence());
  line("evidence", evidence.id());
  if (!evidence.summary().empty()) line("says", evidence.summary());
}

void Dossier::AnswerNotes() {
  const v1::AnswerHeader& header = proof_.header();
  Heading("Choices and warnings of the answer");
  for (const v1::Choice& choice : header.choices()) {
    out_ << "- "
         << Printable(absl::StrCat(choice.name(), " = ", choice.value(),
                                   choice.defaulted() ? " (default)" : ""))
         << "\n";
  }
  for (const v1::Warning& warning : header.warnings()) {
    out_ << "- warning: " << Printable(warning.message()) << "\n";
  }
}

void Dossier::Repeat() {
  const v1::PolicyQuestion& question = decision_.question();
  const v1::QueryContext& context = question.context();
  Heading("How to repeat it");
  const std::string file =
      question.has_source() ? "policy.yaml" : "policy.textproto";
  std::string command = absl::StrCat("meridian policy explain ", file, " ",
                                     Quoted(decision_.model()));
  if (decision_.has_offering()) {
    absl::StrAppend(&command, " --offering ",
                    Quoted(OfferingText(decision_.offering())));
  }
  absl::StrAppend(&command, " --as-of ", context.as_of(), " --at-seq ",
                  context.at_seq());
  if (!question.on().empty()) {
    absl::StrAppend(&command, " --on ", question.on());
  }
  if (!context.country_rule().empty()) {
    absl::StrAppend(&command, " --country-rule ", context.country_rule());
  }
  command += DeployerFlags(question.deployer());
  for (const v1::OwnEvidence& own : question.evidence()) {
    absl::StrAppend(&command, " --evidence ", Quoted(own.file_name()));
  }
  out_ << "With the policy above saved as " << file << ", against log "
       << Printable(proof_.header().log_id()) << ":\n\n";
  Fenced("", absl::StrCat(command, " --cite\n"));
  out_ << "\nThe whole proof, for programs:\n\n";
  Fenced("", absl::StrCat("meridian policy dossier ", decision_.id(),
                          " --format json\n"));
}

}  // namespace

absl::StatusOr<int> ExportDossier(DecisionClient& decisions,
                                  const Invocation& invocation,
                                  const Output& output) {
  if (output.format == Format::kCsv) {
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_USAGE",
                     "a dossier is a document: --format markdown or json");
  }
  v1::GetDecisionRequest request;
  request.set_id(invocation.args.name);
  ASSIGN_OR_RETURN(const auto answer, decisions.Call(request));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
  } else {
    Dossier(answer.decision(), output.out).Write();
  }
  return kExitOk;
}

}  // namespace meridian::cli
