// What the RPCs of both services share: the catalog of a request, its question,
// the limits of an answer.
#ifndef ANALYSIS_SERVICE_HANDLERS_SERVICE_H_
#define ANALYSIS_SERVICE_HANDLERS_SERVICE_H_

#include <grpcpp/server_context.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "analysis_service/analysis_service.h"
#include "analysis_service/answer.h"
#include "common/base/page.h"
#include "common/base/status.h"
#include "common/rpc/status.h"

namespace meridian::analysis {

// The context of a request: its own, or that of the question about a policy
// that it carries (of two, the first).
template <typename Request>
v1::QueryContext ContextOf(const Request& request) {
  if constexpr (requires { request.question().context(); }) {
    return request.question().context();
  } else if constexpr (requires { request.a().context(); }) {
    return request.a().context();
  } else {
    return request.context();
  }
}

class Handlers {
 public:
  explicit Handlers(const ServiceOptions& options) : options_(options) {}

  const ServiceOptions& options() const { return options_; }

  // The catalog for a request: caught up, and at least at `at_least_seq`.
  absl::StatusOr<std::shared_ptr<const Catalog>> CatalogFor(
      const grpc::ServerContext& context, uint64_t at_least_seq) const {
    const FollowerStatus follower = options_.follower();
    if (!follower.caught_up) {
      return MakeError(
          absl::StatusCode::kUnavailable, "NOT_CAUGHT_UP",
          absl::StrCat("the service is still reading the log (seq ",
                       options_.store->Current()->seq(), " of ",
                       follower.head_seq, "); try again shortly"),
          {{"seq", absl::StrCat(options_.store->Current()->seq())},
           {"head_seq", absl::StrCat(follower.head_seq)}});
    }
    return options_.store->WaitForSeq(at_least_seq, Deadline(context));
  }

  absl::Time Deadline(const grpc::ServerContext& context) const {
    return std::min(absl::FromChrono(context.deadline()),
                    absl::Now() + options_.longest_wait);
  }

  // The question of a request: its catalog and date, resolved.
  absl::StatusOr<Question> QuestionFor(const grpc::ServerContext& context,
                                       const v1::QueryContext& asked) const {
    ASSIGN_OR_RETURN(std::shared_ptr<const Catalog> catalog,
                     CatalogFor(context, asked.at_least_seq()));
    const absl::Time now = options_.clock->Now();
    const Day today = DayOf(now);
    ASSIGN_OR_RETURN(Question question,
                     ResolveQuestion(asked, std::move(catalog), today));
    const absl::Time midnight =
        absl::UnixEpoch() + absl::Hours(24) * (int64_t{today} + 1);
    question.seconds_left =
        static_cast<uint32_t>(absl::ToInt64Seconds(midnight - now));
    return question;
  }

  // Answers a request: resolves its question, computes, checks the size.
  template <typename Request, typename Response>
  grpc::Status Reply(const grpc::ServerContext& context, const Request& request,
                     Response* response,
                     absl::StatusOr<Response> (*compute)(const Question&,
                                                         const Request&)) {
    absl::StatusOr<Response> answer = Compute(context, request, compute);
    if (!answer.ok()) return rpc::ToGrpc(answer.status());
    if (answer->ByteSizeLong() > options_.max_answer_bytes) {
      return rpc::ToGrpc(MakeError(
          absl::StatusCode::kResourceExhausted, "ANSWER_TOO_LARGE",
          absl::StrCat("the answer has ", answer->ByteSizeLong(),
                       " bytes, more than ", options_.max_answer_bytes,
                       "; ask for a smaller page_size or limit, or for fewer "
                       "months"),
          {{"limit", absl::StrCat(options_.max_answer_bytes)}}));
    }
    *response = *std::move(answer);
    return grpc::Status::OK;
  }

 private:
  template <typename Request, typename Response>
  absl::StatusOr<Response> Compute(
      const grpc::ServerContext& context, const Request& request,
      absl::StatusOr<Response> (*compute)(const Question&, const Request&)) {
    v1::QueryContext asked = ContextOf(request);
    if constexpr (requires { request.page_token(); }) {
      ASSIGN_OR_RETURN(const uint64_t seq, PageSeq(request));
      if (seq != 0) asked.set_at_seq(seq);
    }
    ASSIGN_OR_RETURN(const Question question, QuestionFor(context, asked));
    return compute(question, request);
  }

  const ServiceOptions options_;
};

}  // namespace meridian::analysis

// One RPC whose answer a function of the same name computes.
#define MERIDIAN_RPC(Name)                                   \
  grpc::Status Name(grpc::ServerContext* context,            \
                    const v1::Name##Request* request,        \
                    v1::Name##Response* response) override { \
    return handlers_.Reply(*context, *request, response,     \
                           &::meridian::analysis::Name);     \
  }

#endif  // ANALYSIS_SERVICE_HANDLERS_SERVICE_H_
