// Answers that list what the catalog knows: boards, models, organisations,
// offerings, fields, unresolved names. No gRPC: a request and a catalog give a
// response.
//
// Paged lists: a page token keeps the seq of the first page, so that a list
// does not change while it is turned over. Errors of all: those of
// ResolveQuestion, BAD_PAGE_TOKEN.
#ifndef ANALYSIS_SERVICE_LISTINGS_H_
#define ANALYSIS_SERVICE_LISTINGS_H_

#include "absl/status/statusor.h"
#include "analysis_service/answer.h"
#include "meridian/v1/analysis.pb.h"

namespace meridian::analysis {

absl::StatusOr<v1::ListBoardsResponse> ListBoards(
    const Question& question, const v1::ListBoardsRequest& request);

// Errors: BAD_EXPRESSION for the filter.
absl::StatusOr<v1::ListModelsResponse> ListModels(
    const Question& question, const v1::ListModelsRequest& request);

// Errors: NotFound (UNKNOWN_MODEL) with suggestions; FailedPrecondition
// (AMBIGUOUS_MODEL) listing what the name means.
absl::StatusOr<v1::GetModelResponse> GetModel(
    const Question& question, const v1::GetModelRequest& request);

absl::StatusOr<v1::ListOrganizationsResponse> ListOrganizations(
    const Question& question, const v1::ListOrganizationsRequest& request);

// Errors: BAD_EXPRESSION for the filter.
absl::StatusOr<v1::ListOfferingsResponse> ListOfferings(
    const Question& question, const v1::ListOfferingsRequest& request);

absl::StatusOr<v1::ListFieldsResponse> ListFields(
    const Question& question, const v1::ListFieldsRequest& request);

absl::StatusOr<v1::ListUnresolvedNamesResponse> ListUnresolvedNames(
    const Question& question, const v1::ListUnresolvedNamesRequest& request);

// The one entity that `name` means. Errors: as GetModel.
absl::StatusOr<EntityId> FindModel(const Catalog& catalog,
                                   absl::string_view name);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_LISTINGS_H_
