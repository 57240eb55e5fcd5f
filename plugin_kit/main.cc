// meridian-plugin: what an author of a source plugin works with.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/files.h"
#include "common/base/status.h"
#include "ingest_service/plugin_host/plugin_files.h"
#include "plugin_kit/conformance.h"
#include "plugin_kit/install.h"
#include "plugin_kit/plugin_folder.h"
#include "plugin_kit/plugin_run.h"
#include "plugin_kit/scaffold.h"
#include "plugin_kit/show.h"
#include "plugins/table/draft.h"

namespace meridian::kit {
namespace {

constexpr int kExitOk = 0;
constexpr int kExitNo = 1;
constexpr int kExitWrong = 2;

struct Flags {
  std::string id;
  std::string language = "cpp";
  std::string folder = ".";
  std::string program;
  std::vector<std::string> documents;
  std::string config;
  std::string vintage;
  std::string analysis = "127.0.0.1:7402";
  std::string plugins;
  std::string format = "table";
  uint32_t limit = 50;
  bool show = false;
  bool update_golden = false;
  bool pin = false;
  std::string sandbox = "on";
};

absl::StatusOr<int> New(const Flags& flags) {
  ASSIGN_OR_RETURN(const std::string folder,
                   NewPlugin(flags.id, flags.language, flags.folder));
  std::cout << folder << ": read its README.md; 'meridian plugin test "
            << folder << "' says whether it keeps the rules\n";
  return kExitOk;
}

absl::StatusOr<int> Run(const Flags& flags) {
  std::string program = flags.program;
  if (std::filesystem::is_directory(program)) {
    ASSIGN_OR_RETURN(const PluginFiles files, FindPluginFiles(program, ""));
    program = files.program;
  }
  ASSIGN_OR_RETURN(PluginRun run,
                   PluginRun::Open(std::filesystem::absolute(program).string(),
                                   flags.sandbox == "on"));
  std::string config = "{}";
  if (!flags.config.empty()) {
    ASSIGN_OR_RETURN(config, ReadKitConfig(flags.config));
  }
  ASSIGN_OR_RETURN(const v1::CheckResponse checked, run.Check(config));
  for (const v1::Problem& problem : checked.problems()) {
    std::cout << "config: " << problem.path() << ": " << problem.message()
              << (problem.fix().empty() ? "" : "; write ") << problem.fix()
              << "\n";
  }
  if (checked.problems_size() > 0) return kExitNo;
  std::vector<KitDocument> documents;
  for (const std::string& document : flags.documents) {
    ASSIGN_OR_RETURN(documents.emplace_back(),
                     ReadKitDocument(document, document, flags.vintage));
  }
  ASSIGN_OR_RETURN(const ReadResult result, run.Read(config, documents));
  if (flags.format == "json") {
    std::cout << GoldenText(result);
    return kExitOk;
  }
  ShowRead(result, documents, flags.show ? 0 : flags.limit, std::cout);
  if (flags.show) ShowUnresolved(result, flags.analysis, std::cout);
  return kExitOk;
}

absl::StatusOr<int> Test(const Flags& flags) {
  ASSIGN_OR_RETURN(const PluginFolder folder,
                   ReadPluginFolder(flags.folder, flags.program));
  ASSIGN_OR_RETURN(PluginRun run,
                   PluginRun::Open(folder.program, flags.sandbox == "on"));
  ASSIGN_OR_RETURN(
      const Report report,
      TestPlugin(run, folder.cases, {.update_golden = flags.update_golden}));
  if (flags.format == "json") {
    std::cout << ReportJson(report) << "\n";
  } else {
    PrintReport(report, std::cout);
  }
  return report.broken() == 0 ? kExitOk : kExitNo;
}

absl::StatusOr<int> Install(const Flags& flags) {
  ASSIGN_OR_RETURN(PluginFiles files, FindPluginFiles(flags.program, ""));
  ASSIGN_OR_RETURN(PluginRun run,
                   PluginRun::Open(files.program, flags.sandbox == "on"));
  ASSIGN_OR_RETURN(const v1::DescribeResponse described, run.Describe());
  files.id = described.id();
  const std::string folder =
      flags.plugins.empty() ? ingest::DefaultPluginFolder() : flags.plugins;
  ASSIGN_OR_RETURN(const std::string program,
                   InstallPlugin(files, folder, flags.pin));
  std::cout << described.id() << " " << described.version() << ": " << program
            << (flags.pin ? ", pinned in " : ", not pinned")
            << (flags.pin ? absl::StrCat(folder, "/", ingest::kPluginLock) : "")
            << "\n";
  return kExitOk;
}

absl::StatusOr<int> Draft(const Flags& flags) {
  ASSIGN_OR_RETURN(const std::string bytes,
                   ReadWholeFile(flags.documents.at(0)));
  ASSIGN_OR_RETURN(const std::string draft,
                   table::DraftMapping(bytes, flags.documents.at(0)));
  std::cout << draft;
  return kExitOk;
}

// The commands, as `meridian` hands them over: "plugin new ...".
struct Program {
  explicit Program(Flags& flags) {
    app.require_subcommand(1);
    CLI::App* plugin = app.add_subcommand("plugin", "Source plugins");
    plugin->require_subcommand(1);
    make = plugin->add_subcommand("new",
                                  "Writes a plugin that works, to be changed");
    make->add_option("ID", flags.id, "Id of the plugin")->required();
    make->add_option("--lang", flags.language, "cpp or python")
        ->capture_default_str();
    make->add_option("--dir", flags.folder, "Folder that it goes into")
        ->capture_default_str();
    run = plugin->add_subcommand(
        "run", "Reads documents with a plugin and shows what it gives");
    run->add_option("PROGRAM", flags.program, "Plugin, or its folder")
        ->required();
    run->add_option("DOC", flags.documents, "Documents")->required();
    run->add_option("--config", flags.config, "Its configuration, YAML");
    run->add_option("--vintage", flags.vintage,
                    "Date of the documents when they state none");
    run->add_flag("--show", flags.show,
                  "Every record, and names that the analysis service cannot "
                  "resolve, with the nearest it knows");
    run->add_option("--limit", flags.limit, "Most records shown, 0 for all")
        ->capture_default_str();
    run->add_option("--analysis", flags.analysis,
                    "Address of the analysis service")
        ->envname("MERIDIAN_ANALYSIS")
        ->capture_default_str();
    test = plugin->add_subcommand(
        "test",
        "Whether a plugin keeps the rules; each broken one with its "
        "fix");
    test->add_option("FOLDER", flags.folder, "Folder with plugin.yaml, cases")
        ->required();
    test->add_option("--program", flags.program,
                     "The program, instead of what plugin.yaml names");
    test->add_flag("--update-golden", flags.update_golden,
                   "Write what was read as what is expected");
    install = plugin->add_subcommand(
        "install", "Puts a plugin where the ingest service finds it");
    install->add_option("PROGRAM", flags.program, "Plugin, or its folder")
        ->required();
    install->add_option("--plugins", flags.plugins,
                        "Folder of plugins [default: that of this "
                        "installation]");
    install->add_flag("--pin", flags.pin,
                      "Refuse it from now on when its bytes change");
    for (CLI::App* command : {run, test, install}) {
      command->add_option("--sandbox", flags.sandbox, "on or off")
          ->check(CLI::IsMember({"on", "off"}).description(""))
          ->capture_default_str();
    }
    for (CLI::App* command : {run, test}) {
      command->add_option("--format", flags.format, "table or json")
          ->check(CLI::IsMember({"table", "json"}).description(""))
          ->capture_default_str();
    }
    CLI::App* mapping = app.add_subcommand("mapping", "Mapping files");
    mapping->require_subcommand(1);
    draft = mapping->add_subcommand(
        "draft", "Proposes a mapping for a file, with its doubts");
    draft->add_option("FILE", flags.documents, "The file")
        ->required()
        ->expected(1);
    app.footer(
        "Exit codes:\n  0  ok\n  1  a rule is broken, or the configuration is "
        "refused\n  2  wrong usage or input");
  }

  absl::StatusOr<int> Dispatch(const Flags& flags) const {
    if (*make) return New(flags);
    if (*run) return Run(flags);
    if (*test) return Test(flags);
    if (*install) return Install(flags);
    return Draft(flags);
  }

  CLI::App app{"What an author of a source plugin works with.", "meridian"};
  CLI::App* make;
  CLI::App* run;
  CLI::App* test;
  CLI::App* install;
  CLI::App* draft;
};

int Main(int argc, char** argv) {
  Flags flags;
  Program program(flags);
  try {
    program.app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return program.app.exit(error) == 0 ? kExitOk : kExitWrong;
  }
  const auto exit = program.Dispatch(flags);
  std::cout.flush();
  if (exit.ok()) return *exit;
  std::cerr << "error: " << exit.status().message();
  const std::string reason = ErrorReason(exit.status());
  if (!reason.empty()) std::cerr << " (" << reason << ")";
  std::cerr << "\n";
  return kExitWrong;
}

}  // namespace
}  // namespace meridian::kit

int main(int argc, char** argv) { return meridian::kit::Main(argc, argv); }
