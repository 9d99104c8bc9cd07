//! The contract of the store: the same cases on the model, on SQLite and on PostgreSQL.
//!
//! PostgreSQL is the one that `BATON_TEST_POSTGRES` names (a URL whose user may create databases), else one that the test
//! starts for itself when PostgreSQL is installed. With `BATON_REQUIRE_POSTGRES` it is a failure when there is none.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod adopt;
mod audit;
mod case;
mod clock;
mod commit;
mod damage;
mod ends;
mod erase;
mod find;
mod fresh;
mod key_file;
mod key_report;
mod keys;
mod listing;
mod message;
mod migration;
mod notice;
mod orphan;
mod owned;
mod part;
mod pointer;
mod postgres_server;
mod random;
mod random_case;
mod residue;
mod resource;
mod sample;
mod search;
mod seen;
mod several;
mod several_ends;
mod shared;
mod silence;
mod standby;
mod survival;
mod token;
mod trail;
mod tree;
mod within;

use std::{pin::Pin, sync::Arc};

use baton_store::Store;

/// A case, started on an empty store.
type Case = fn(Arc<dyn Store>) -> Pin<Box<dyn Future<Output = ()> + Send>>;

macro_rules! contract {
    ($($noun:ident :: $case:ident,)+) => {
        /// On the model.
        mod on_memory {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                crate::$noun::$case(std::sync::Arc::new(baton_store::MemoryStore::default())).await;
            })+
        }

        /// On SQLite.
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let file = crate::fresh::SqliteFile::new();
                crate::$noun::$case(file.open().await).await;
            })+
        }

        /// For PostgreSQL, whose server all cases share.
        const CASES: &[(&str, Case)] = &[$((stringify!($case), |store| Box::pin($noun::$case(store)))),+];
    };
}

contract! {
    clock::a_mark_of_the_clock_only_rises_unless_it_is_replaced,
    notice::nothing_waits_for_the_time_of_a_clock_that_was_wrong,
    listing::referrals_are_listed_by_stage_party_and_realm,
    listing::a_list_of_referrals_goes_on_where_the_last_page_ended,
    listing::a_listed_referral_says_who_has_still_to_be_told,
    message::nothing_is_known_of_a_message_that_never_came,
    message::a_receipt_of_another_home_is_not_known,
    message::a_receipt_is_not_known_from_the_moment_on_at_which_it_expires,
    message::a_receipt_is_known_by_its_envelope_with_every_byte,
    message::a_receipt_is_known_by_its_message,
    message::an_answer_may_be_empty,
    message::a_referral_is_known_by_its_request_id,
    message::an_expired_receipt_makes_room_for_one_with_the_same_keys,
    message::what_is_forgotten_is_the_receipt_and_not_the_referral,
    message::changes_of_one_batch_are_made_in_their_order,
    commit::a_batch_that_names_two_homes_is_a_fault,
    commit::a_receipt_asserted_away_that_is_there_writes_nothing,
    commit::a_referral_asserted_away_that_is_there_writes_nothing,
    commit::a_referral_that_has_moved_on_writes_nothing,
    commit::a_referral_that_is_not_there_is_at_no_version,
    commit::a_second_receipt_with_a_living_key_is_outdated,
    commit::an_envelope_key_is_not_free_as_a_message_key,
    commit::a_referral_is_only_put_in_its_next_version,
    commit::a_request_id_belongs_to_one_referral,
    commit::a_conflict_takes_back_what_its_batch_wrote_before,
    commit::of_two_racing_commits_of_one_message_one_is_done,
    commit::of_many_racing_updates_of_one_referral_one_is_done,
    commit::of_two_hundred_racing_commits_exactly_the_right_ones_are_done,
    commit::racing_commits_that_share_resources_give_each_a_version_of_its_own,
    commit::an_empty_batch_is_done,
    commit::the_store_is_ready,
    resource::a_resource_that_was_never_sent_is_not_there,
    resource::a_version_that_does_not_exist_is_not_there,
    resource::a_resource_of_another_home_is_not_there,
    resource::a_resource_comes_back_with_every_byte,
    resource::versions_count_from_one_for_each_type_and_id,
    resource::a_resource_that_an_update_leaves_out_is_only_found_by_version,
    resource::a_resource_that_comes_back_goes_on_counting,
    resource::of_a_resource_in_two_referrals_the_newest_counts,
    resource::a_resource_that_one_referral_leaves_out_counts_as_the_other_has_it,
    resource::a_resource_twice_in_one_message_has_two_versions_and_the_last_counts,
    resource::the_history_has_all_versions_newest_first,
    resource::the_history_goes_on_where_the_last_page_ended,
    resource::a_large_body_comes_back,
    resource::a_page_of_the_history_has_16_mib_of_bodies_and_no_more,
    search::a_search_without_conditions_finds_the_current_ones_of_its_type,
    search::a_search_finds_nothing_of_another_home,
    search::an_empty_set_of_keys_fits_nothing,
    search::no_ids_fit_nothing,
    search::keys_within_a_set_are_alternatives,
    search::sets_must_all_fit,
    search::ids_and_keys_must_both_fit,
    search::a_resource_is_found_by_the_keys_of_the_version_that_counts,
    search::a_resource_of_two_referrals_is_found_once,
    search::a_key_that_is_named_twice_finds_once,
    search::results_come_in_the_order_of_first_acceptance,
    search::pages_stay_in_place_while_resources_are_added,
    search::a_full_last_page_has_no_next,
    search::a_page_of_a_search_has_16_mib_of_bodies_and_no_more,
    search::counting_agrees_with_searching,
    within::what_is_in_no_part_is_not_found,
    within::what_is_in_one_of_the_parts_is_found_once,
    within::a_part_of_what_a_partner_sees_is_in_its_referrals,
    within::what_leaves_a_part_is_not_found_any_more,
    pointer::a_masteridentifier_asserted_away_that_is_there_writes_nothing,
    pointer::a_masteridentifier_of_a_removed_pointer_stays_used,
    pointer::a_pointer_that_has_moved_on_writes_nothing,
    pointer::a_pointer_that_is_not_there_is_at_no_version,
    pointer::a_second_pointer_with_the_same_id_is_outdated,
    pointer::a_second_pointer_with_the_same_masteridentifier_is_outdated,
    pointer::a_pointer_is_only_put_in_its_next_version,
    pointer::a_later_version_of_what_was_never_made_is_outdated,
    pointer::a_batch_with_pointers_of_two_homes_is_a_fault,
    pointer::a_supersede_that_conflicts_leaves_both_as_they_were,
    pointer::a_masteridentifier_is_free_for_another_patient_and_in_another_home,
    pointer::pointers_without_masteridentifier_are_as_many_as_one_likes,
    pointer::a_pointer_that_was_never_made_is_not_there,
    pointer::a_pointer_of_another_home_is_not_there,
    pointer::a_pointer_comes_back_with_every_byte,
    pointer::pointers_come_in_the_order_in_which_they_were_named,
    pointer::a_next_version_changes_state_times_and_body_and_nothing_else,
    pointer::of_many_racing_pointers_with_one_masteridentifier_one_is_made,
    pointer::of_many_racing_supersedes_of_one_pointer_one_is_done,
    pointer::of_many_racing_changes_of_one_pointer_one_is_done,
    pointer::racing_chains_of_supersedes_lose_nothing_and_leave_one_current,
    pointer::patients_and_homes_that_look_alike_stay_apart,
    find::of_a_patient_who_never_had_a_pointer_nothing_is_known,
    find::a_patient_whose_pointers_are_all_gone_is_known,
    find::only_current_pointers_are_found,
    find::a_custodian_and_a_type_must_both_fit,
    find::pointers_are_found_in_the_order_of_their_ids,
    find::a_page_of_size_nought_only_counts,
    find::pages_of_pointers_stay_in_place_while_pointers_come_and_go,
    find::a_full_last_page_of_pointers_has_no_next,
    find::a_patient_with_many_pointers_is_read_page_by_page,
    find::an_exchange_without_pointers_exports_nothing,
    find::an_export_has_every_pointer_once_whatever_the_size_of_its_pages,
    ends::an_endpoint_comes_back_with_all_of_it,
    ends::a_change_of_an_endpoint_has_its_line_and_one_that_was_outdated_has_none,
    ends::of_two_who_change_an_endpoint_one_is_outdated,
    ends::an_address_belongs_to_one_partner_of_an_exchange,
    ends::a_deleted_endpoint_is_seen_as_a_change,
    ends::what_waits_for_a_paused_endpoint_is_not_given_out,
    ends::a_partner_reads_what_it_was_told_and_what_waits_in_order,
    ends::what_is_sealed_is_read_with_every_byte,
    ends::numbers_of_what_was_erased_are_never_given_again,
    ends::what_a_partner_knows_is_not_sent_any_more_and_calls_what_is_behind,
    ends::a_parked_notice_that_its_partner_knows_is_done,
    ends::each_commit_that_makes_notices_done_says_of_which_referrals,
    ends::only_what_is_done_is_forgotten_after_its_time,
    notice::a_notice_is_not_given_out_before_it_is_due,
    notice::a_notice_is_given_out_with_every_byte,
    notice::a_leased_notice_is_not_given_out_again_before_its_time,
    notice::a_lease_that_ran_out_is_given_to_another,
    notice::an_overtaken_lease_counts_no_more,
    notice::a_lease_that_ran_out_but_was_not_overtaken_still_counts,
    notice::a_delivered_notice_is_done,
    notice::a_failed_attempt_is_made_again_at_its_time,
    notice::a_notice_waits_for_the_earlier_one_to_the_same_partner_about_the_same_referral,
    notice::a_parked_notice_holds_up_those_behind_it,
    notice::notices_to_other_partners_and_about_other_referrals_do_not_wait,
    notice::no_more_are_given_out_than_asked_for,
    notice::racing_workers_never_hold_the_same_notice,
    notice::a_report_on_an_unknown_notice_does_not_count,
    notice::a_second_notice_with_the_same_id_is_a_fault,
    adopt::an_adopted_pointer_keeps_its_version_its_state_and_its_times,
    adopt::an_id_or_a_masteridentifier_in_use_is_not_adopted_again,
    notice::a_lease_for_one_partner_leaves_those_of_others,
    notice::a_partner_is_due_from_the_moment_on_at_which_a_notice_is,
    notice::a_parked_notice_is_seen_with_its_reason,
    notice::parked_notices_are_found_by_partner_and_exchange,
    notice::parked_notices_come_in_pages,
    notice::a_parked_notice_that_is_resent_is_due_and_those_behind_follow,
    notice::all_parked_notices_of_a_partner_are_resent_and_no_others,
    notice::what_is_sent_again_has_a_line_for_each_partner_in_the_same_commit,
    notice::what_waits_for_a_partner_that_is_back_is_due_at_once,
    notice::a_backlog_counts_what_is_not_done,
    audit::the_audit_of_an_empty_store_is_empty,
    audit::lines_are_numbered_without_gaps_whatever_fails_between,
    audit::lines_come_after_a_number_and_no_more_than_asked_for,
    audit::a_visit_comes_back_whole,
    audit::what_an_operator_did_comes_back_whole_and_is_found_by_its_referral,
    audit::a_line_keeps_the_person_and_the_app_behind_the_partner,
    audit::a_line_keeps_what_a_search_asked_and_what_was_sealed_of_it,
    part::a_stranger_reads_only_what_it_did_itself,
    part::a_party_reads_all_about_its_referrals_and_nothing_about_others,
    part::a_referral_an_agent_and_dates_narrow_it,
    part::its_pages_lead_on_also_where_they_have_nothing,
    part::referrals_count_among_what_is_looked_at_for_a_page,
    part::one_line_is_read_by_whoever_sees_it,
    tree::a_tree_that_never_grew_is_empty,
    tree::a_tree_comes_back_as_it_grew,
    tree::a_tree_that_has_grown_meanwhile_is_left_as_it_is,
    tree::what_is_personal_in_lines_goes_with_its_salt_and_once_only,
    tree::of_racing_growths_each_size_is_reached_once,
    tree::of_each_thousand_lines_a_checkpoint_is_kept,
    audit::racing_commits_leave_no_gap,
    trail::the_trail_of_an_unknown_patient_or_owner_is_empty,
    trail::a_trail_has_the_lines_of_its_exchange_with_the_numbers_of_the_audit,
    trail::a_patient_has_a_trail,
    trail::an_owner_has_a_trail_over_all_patients_with_each_line_once,
    trail::patient_and_owner_and_type_must_fit_together,
    trail::a_trail_begins_at_a_moment_and_ends_before_one,
    trail::a_trail_goes_on_where_the_last_page_ended,
    trail::what_fits_is_found_among_many_lines_that_do_not,
    trail::a_line_about_pointers_comes_back_whole,
    token::a_token_is_found_by_its_hash_even_when_it_is_expired,
    token::an_unknown_hash_has_no_token,
    token::expired_tokens_are_forgotten_and_others_stay,
    token::a_token_is_forgotten_when_it_is_taken_back,
    token::a_ticket_is_written_once_in_each_version,
    token::of_many_who_show_a_ticket_at_once_one_is_the_first,
    token::a_family_ends_as_a_whole,
    token::a_family_ends_with_what_others_write_for_it_at_the_same_time,
    token::expired_tickets_are_forgotten,
    token::what_expired_is_forgotten_some_at_a_time_until_nothing_is_left,
    token::an_account_is_written_on_top_of_the_version_before,
    token::one_account_is_found_by_what_a_provider_calls_its_person,
    case::a_referral_comes_back_with_its_course,
    case::nobody_is_known_by_a_name_that_nobody_has,
    case::a_name_of_very_many_is_a_name_of_none,
    case::who_does_not_ask_by_names_is_told_no_cases,
    case::a_name_may_belong_to_several_and_be_given_twice,
    case::a_referral_is_known_by_its_id_and_by_its_resources,
    case::a_chain_is_known_by_a_name_of_any_of_them,
    case::a_chain_is_known_up_to_sixty_four,
    case::a_circle_of_referrals_is_known_once,
    case::a_case_has_all_its_current_resources_and_no_others,
    case::receipts_are_known_together_with_cases,
    case::names_asserted_away_that_a_referral_has_write_nothing,
    case::a_name_of_a_referral_that_was_seen_is_no_surprise,
    case::names_of_a_revoked_referral_stay_taken,
    orphan::an_orphan_comes_back_with_every_byte,
    orphan::orphans_come_oldest_first_and_each_once,
    orphan::a_second_orphan_in_the_same_envelope_is_not_kept,
    orphan::an_orphan_is_not_known_from_the_moment_on_at_which_it_expires,
    orphan::dropped_and_expired_orphans_are_gone,
    orphan::no_more_than_two_hundred_and_fifty_six_orphans_are_shown,
    orphan::an_orphan_that_was_not_seen_fails_the_assert,
    orphan::of_a_referral_and_its_orphan_that_race_one_is_done,
    orphan::of_many_racing_referrals_with_one_name_one_is_done,
    owned::what_a_message_does_not_name_stays_as_it_is,
    owned::what_is_left_out_is_in_the_history_only_until_it_comes_back,
    owned::of_one_that_is_named_and_left_out_the_new_version_counts,
    owned::one_that_is_named_twice_has_two_versions_and_the_last_counts,
    owned::a_resource_of_another_referral_is_a_fault_and_is_not_left_out,
    owned::a_change_of_a_referral_that_has_moved_on_writes_no_versions,
    seen::a_stranger_sees_nothing,
    seen::every_party_sees_the_resource_and_its_history,
    seen::parties_come_and_go_with_the_referral,
    seen::pages_of_a_partner_have_its_own_and_the_count_agrees,
    erase::parties_are_told_that_it_is_gone_and_strangers_nothing,
    erase::nothing_of_it_is_found_and_others_are_as_they_were,
    erase::notices_go_whatever_became_of_them,
    erase::what_the_batch_writes_after_the_erasure_stays,
    erase::a_certificate_says_who_was_told_and_who_was_not,
    erase::an_erasure_that_is_repeated_or_of_nothing_is_done,
    erase::resources_that_several_referrals_may_have_are_not_erased,
    erase::a_revocation_that_comes_twice_is_done_once,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_contract_holds_on_postgresql() {
    let Some(server) = postgres_server::find().await else {
        assert!(std::env::var_os("BATON_REQUIRE_POSTGRES").is_none(), "no PostgreSQL is installed");
        println!("skipped: no PostgreSQL is installed and BATON_TEST_POSTGRES is not set");
        return;
    };
    let server = Arc::new(server);
    // First, while there is little to search.
    let mut broken = residue::broken(&server).await;
    broken.extend(key_file::broken(&server).await);
    broken.extend(key_report::broken(&server).await);
    for (name, case) in CASES {
        let store = server.fresh_store().await;
        if tokio::spawn(case(store)).await.is_err() {
            broken.push(*name);
        }
    }
    broken.extend(several::broken(&server).await);
    server.clean_up().await;
    assert!(broken.is_empty(), "not true on PostgreSQL: {broken:#?}");
}
