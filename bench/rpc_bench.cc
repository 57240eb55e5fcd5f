// Times calls of the two services beside what gRPC itself reaches in the same
// run: an empty unary call and a stream of prebuilt batches. Prints one JSON
// object. Run by bench/run.py.
//
//   rpc_bench --serve PORT_FILE           the limits: empty call, raw stream
//   rpc_bench query LIMIT ANALYSIS BOARD METHOD AS_OF ROUNDS CLIENTS
//   rpc_bench admit LIMIT ANALYSIS POLICY MODEL AS_OF ROUNDS CLIENTS
//   rpc_bench feed LIMIT INGEST
#include <grpcpp/server_context.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/digest.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"
#include "meridian/v1/analysis.grpc.pb.h"
#include "meridian/v1/ingest.grpc.pb.h"
#include "meridian/v1/policy.grpc.pb.h"

namespace meridian {
namespace {

// 1 MiB, the size that batches of the feed aim at.
constexpr size_t kBatchBytes = 1 << 20;
constexpr int kCeilingBatches = 512;

class LimitIngest : public v1::IngestService::Service {
 public:
  grpc::Status GetIngestStatus(grpc::ServerContext*,
                               const v1::GetIngestStatusRequest*,
                               v1::GetIngestStatusResponse*) override {
    return grpc::Status::OK;
  }
};

class LimitFeed : public v1::FeedService::Service {
 public:
  grpc::Status Subscribe(
      grpc::ServerContext*, const v1::SubscribeRequest*,
      grpc::ServerWriter<v1::SubscribeResponse>* writer) override {
    v1::SubscribeResponse message;
    message.mutable_batch()->mutable_batch()->set_data(
        std::string(kBatchBytes, 'x'));
    for (int i = 0; i < kCeilingBatches; ++i) {
      if (!writer->Write(message)) break;
    }
    message.mutable_caught_up();
    writer->Write(message);
    return grpc::Status::OK;
  }
};

int Serve(const std::string& port_file) {
  rpc::BlockSignals();
  LimitIngest ingest;
  LimitFeed feed;
  auto server = rpc::Server::Start({}, {&ingest, &feed});
  if (!server.ok()) return 1;
  std::ofstream(port_file) << (*server)->port() << "\n";
  rpc::WaitForSignal();
  return 0;
}

struct Times {
  std::vector<double> microseconds;  // sorted
  double calls_per_second = 0;
  double At(double quantile) const {
    return microseconds[static_cast<size_t>(quantile *
                                            (microseconds.size() - 1))];
  }
};

// `call(client)` from `clients` threads, `rounds` times each.
template <typename Call>
Times Time(int clients, int rounds, Call call) {
  std::vector<std::vector<double>> each(clients);
  const absl::Time start = absl::Now();
  std::vector<std::thread> threads;
  for (int c = 0; c < clients; ++c) {
    threads.emplace_back([&, c] {
      for (int r = 0; r < rounds; ++r) {
        const absl::Time before = absl::Now();
        call(c);
        each[c].push_back(absl::ToDoubleMicroseconds(absl::Now() - before));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  Times times;
  times.calls_per_second =
      clients * rounds / absl::ToDoubleSeconds(absl::Now() - start);
  for (const auto& of_client : each) {
    times.microseconds.insert(times.microseconds.end(), of_client.begin(),
                              of_client.end());
  }
  std::sort(times.microseconds.begin(), times.microseconds.end());
  return times;
}

void Print(const char* name, const Times& times) {
  std::cout << "\"" << name << "\": {\"p50_us\": " << times.At(0.5)
            << ", \"p99_us\": " << times.At(0.99)
            << ", \"calls_per_second\": " << times.calls_per_second << "}";
}

[[noreturn]] void Fail(const grpc::Status& status) {
  std::cerr << "error: " << status.error_message() << "\n";
  std::exit(1);
}

// Times `ask(client)` beside the empty call of the server at `limit`.
template <typename Ask>
void Compare(const std::string& limit, const char* name, int clients,
             int rounds, Ask ask) {
  std::vector<std::unique_ptr<v1::IngestService::Stub>> empty;
  for (int c = 0; c < clients; ++c) {
    empty.push_back(v1::IngestService::NewStub(rpc::MakeChannel(limit)));
  }
  const auto nothing = [&](int c) {
    grpc::ClientContext context;
    v1::GetIngestStatusResponse response;
    const grpc::Status status =
        empty[c]->GetIngestStatus(&context, {}, &response);
    if (!status.ok()) Fail(status);
  };
  Time(clients, 50, nothing);  // Connections and caches.
  Time(clients, 50, ask);
  std::cout << "{";
  Print("empty", Time(clients, rounds, nothing));
  std::cout << ", ";
  Print(name, Time(clients, rounds, ask));
  std::cout << "}\n";
}

int Query(const std::vector<std::string>& a) {
  int rounds = 0, clients = 0;
  if (!absl::SimpleAtoi(a[6], &rounds) || !absl::SimpleAtoi(a[7], &clients)) {
    return 2;
  }
  std::vector<std::unique_ptr<v1::AnalysisService::Stub>> query;
  for (int c = 0; c < clients; ++c) {
    query.push_back(v1::AnalysisService::NewStub(rpc::MakeChannel(a[2])));
  }
  v1::CompareGroupsRequest request;
  request.set_board(a[3]);
  request.set_method(a[4]);
  request.mutable_context()->set_as_of(a[5]);
  request.add_groups()->set_name("US");
  request.add_groups()->set_name("CN");
  Compare(a[1], "query", clients, rounds, [&](int c) {
    grpc::ClientContext context;
    v1::CompareGroupsResponse response;
    const grpc::Status status =
        query[c]->CompareGroups(&context, request, &response);
    if (!status.ok()) Fail(status);
  });
  return 0;
}

int Admit(const std::vector<std::string>& a) {
  int rounds = 0, clients = 0;
  if (!absl::SimpleAtoi(a[6], &rounds) || !absl::SimpleAtoi(a[7], &clients)) {
    return 2;
  }
  std::vector<std::unique_ptr<v1::PolicyService::Stub>> policy;
  for (int c = 0; c < clients; ++c) {
    policy.push_back(v1::PolicyService::NewStub(rpc::MakeChannel(a[2])));
  }
  std::ifstream file(a[3], std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  v1::CheckAdmissionRequest request;
  request.mutable_question()->mutable_source()->set_text(text);
  request.mutable_question()->mutable_source()->set_file_name(a[3]);
  request.mutable_question()->mutable_context()->set_as_of(a[5]);
  request.set_model(a[4]);
  Compare(a[1], "admit", clients, rounds, [&](int c) {
    grpc::ClientContext context;
    v1::CheckAdmissionResponse response;
    const grpc::Status status =
        policy[c]->CheckAdmission(&context, request, &response);
    if (!status.ok()) Fail(status);
  });
  return 0;
}

double CpuSeconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
         1e-6 * (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

// Reads a feed up to CaughtUp.
void ReadFeed(const char* name, const std::string& address) {
  auto stub = v1::FeedService::NewStub(rpc::MakeChannel(address));
  grpc::ClientContext context;
  const double cpu = CpuSeconds();
  const absl::Time start = absl::Now();
  auto reader = stub->Subscribe(&context, v1::SubscribeRequest());
  v1::SubscribeResponse message;
  uint64_t bytes = 0, records = 0, batches = 0;
  while (reader->Read(&message) && !message.has_caught_up()) {
    if (!message.has_batch()) continue;
    bytes += message.batch().batch().data().size();
    records += message.batch().batch().count();
    ++batches;
  }
  const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
  context.TryCancel();
  reader->Finish();
  std::cout << "\"" << name << "\": {\"seconds\": " << seconds
            << ", \"megabytes_per_second\": " << bytes / seconds / 1e6
            << ", \"records_per_second\": " << records / seconds
            << ", \"batches\": " << batches << ", \"bytes\": " << bytes
            << ", \"client_cpu_seconds\": " << CpuSeconds() - cpu << "}";
}

int Feed(const std::vector<std::string>& a) {
  std::cout << "{";
  ReadFeed("raw_stream", a[1]);
  std::cout << ", ";
  ReadFeed("feed", a[2]);
  std::cout << "}\n";
  return 0;
}

}  // namespace
}  // namespace meridian

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 2 && arguments[0] == "--serve") {
    return meridian::Serve(arguments[1]);
  }
  if (arguments.size() == 8 && arguments[0] == "query") {
    return meridian::Query(arguments);
  }
  if (arguments.size() == 8 && arguments[0] == "admit") {
    return meridian::Admit(arguments);
  }
  if (arguments.size() == 3 && arguments[0] == "feed") {
    return meridian::Feed(arguments);
  }
  std::cerr << "usage: see bench/run.py\n";
  return 2;
}
