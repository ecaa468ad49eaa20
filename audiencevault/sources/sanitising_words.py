"""Words that belong to formats and not to people: keys, values and file names that a sanitised sample keeps.

Everything else is somebody's until it is here. The lists hold what the layouts that we know are made of.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from audiencevault.sources import meta_labels, meta_messages, table_spec, table_words
from audiencevault.sources.table_text import words

KEYS: Final = words(
    "__parentid about account accountdisplayname accountid action activity actor actor_id address address1 address2 "
    "address_book address_book_v2 addresses admin_graphql_api_id amount amountspent app archiveinfo attachments "
    "attributes audio_files avatar bio biodescription blocking blocklist call_duration category channelid chathistory "
    "chats city collectedfrom comment comments commentslist company connected_on consentcollectedfrom "
    "consentupdatedat consent_collected_from consent_updated_at contact contact_info contact_information "
    "contact_point contact_vcard contacts contacts_contact_info content contents conversationid conversation_id cost "
    "count country countrycodev2 country_code created createdat createdvia created_at created_timestamp "
    "creation_timestamp currency currencycode cursor customers data datatypes date date_unixtime defaultaddress "
    "defaultemailaddress defaultphonenumber default_address deleted_friends deleted_friends_v2 description details "
    "dict discriminator displayname dmconversation duration edges edited edited_unixtime email emailaddress "
    "emailmarketingconsent email_marketing_consent emails entities errors extensions fanslist fbid file file_name "
    "filename files first_name firstname follower followers followers_v3 following following_v3 forwarded_from "
    "frequent_contacts friends friends_v2 from from_id full_name full_text generationdate gifs globalname "
    "global_name guild hasnextpage height href html icon_emoji id id_str ig_secret_conversations "
    "in_reply_to_screen_name in_reply_to_user_id_str ip isfastlane ispartialarchive issender isunsent "
    "is_geoblocked_for_viewer is_still_participant is_unsent joinconversation joinable_mode key kind label "
    "label_values lastname last_name last_order_id left_chats like likes_media_likes link list magic_words "
    "marked_as_spam marketingcollectedfrom marketingoptinlevel marketingstate marketingupdatedat media "
    "media_list_data media_map_data media_type members message messagecreate message_id messages mime_type missed "
    "mode multipass_identifier muting name nickname node nodes note numberoforders optinlevel opt_in_level "
    "orders_count pageinfo pages pages_followed_v2 pages_v2 participants participantsjoin participantsleave "
    "participantssnapshot periscopefollower personal_information phone phonenumber phonenumbers phone_number "
    "phone_numbers phone_type photo photos previous_emails profile profilemap profile_user profile_v2 province "
    "provincecode province_code rating reaction reactions received_requests received_requests_v2 recipientid "
    "recipients rejected_requests rejected_requests_v2 relationships reply_to_message_id requestedquerycost "
    "resourceid root screen_name senderid sendername sender_name sent_requests sent_requests_v2 sessions settings "
    "settingsmap share share_text sizebytes smsmarketingconsent sms_marketing_consent snippet state status sticker "
    "string_list_data string_map_data tags taxexempt tax_exempt telephonenumber text text_entities thread_path "
    "thread_type threadname throttlestatus timestamp timestamp_ms timestamp_value title total_spent tweet tweetid "
    "type updatedat updated_at updated_timestamp update_time uri url user user_id userids userinfo userlink username "
    "user_mentions users value vec verified verifiedemail verified_email via_bot video videos videolist "
    "whatsappmarketingconsent width zip"
) | {
    "app settings", "basic information", "block list", "blocked users", "chat history", "contact information",
    "conversation title", "created at", "creation timestamp", "date of birth", "deleted friends", "direct message",
    "direct messages", "display name", "favorite videos", "favoritevideolist", "first name", "follower list",
    "following list", "friend requests sent", "friends", "group members", "hidden friend suggestions",
    "ignored snapchatters", "imported time", "last modified timestamp", "last name", "media type", "pending requests",
    "phone number", "private account", "profile and settings", "profile info", "profile information",
    "received saved chat history", "received unsaved chat history", "sent saved chat history",
    "sent unsaved chat history", "shortcut name", "shortcuts", "source", "source type", "surname", "to", "updated at",
    "your activity", "user name", "datum", "gebruikersnaam", "block", "activity",
}  # fmt: skip
"""Keys of JSON documents and labels of text files, without case."""

CARD_PROPERTIES: Final = words(
    "adr agent anniversary bday begin categories end email fn gender geo impp kind label logo mailer member n name "
    "nickname note org photo prodid profile related rev role sort-string sound source tel title tz uid url version "
    "x-abadr x-ablabel x-abrelatednames x-abshowas x-socialprofile x-phonetic-first-name x-phonetic-last-name "
    "member"
)
"""Properties of vCards, without case."""

HEADERS: Final = frozenset({
    "url", "position", "companies", "connected on", "firstname", "middlename", "lastname", "maidenname", "nickname",
    "nameprefix", "namesuffix", "phonenumbers", "createdat", "updatedat", "countrycode", "regioncode",
    "thirdpartyverified", "location", "conversation id", "conversation title", "sender profile url",
    "recipient profile urls", "folder", "is message draft", "is conversation draft", "sent at", "direction",
    "inviterprofileurl", "inviteeprofileurl", "registered at", "subscription types", "followed on", "organization",
    "instantmessagehandles", "bookmarkedat", "profiles", "sites", "extension", "number", "type", "confirmed",
    "primary", "updated on", "zip code", "headline", "industry", "geo location", "twitter handles", "websites",
    "connection first name", "connection last name", "connection profile url", "created on", "edited on",
    "member_rating", "optin_time", "optin_ip", "confirm_time", "confirm_ip", "latitude", "longitude", "gmtoff",
    "dstoff", "timezone", "cc", "last_changed", "leid", "euid", "unsub_time", "unsub_campaign_title",
    "unsub_campaign_id",
    "unsub_reason", "unsub_reason_other", "clean_time", "clean_campaign_title", "clean_campaign_id", "ad_id", "ad_name",
    "adset_id", "adset_name", "campaign_id", "campaign_name", "form_id", "form_name", "is_organic", "platform",
    "lead_status", "inbox_url", "paid at", "fulfilled at", "accepts marketing", "subtotal", "shipping", "taxes",
    "discount code", "discount amount", "shipping method", "notes", "note attributes", "cancelled at",
    "payment method", "payment reference", "vendor", "outstanding balance", "employee", "device id", "risk level",
    "receipt number", "duties", "payment id", "payment terms name", "next payment due at", "payment references",
    "account address", "show boosts", "notify on new posts", "languages", "hide notifications", "channel id",
    "channel url", "channel title", "id", "timestamp", "attachments",
})  # fmt: skip
"""Headers of platforms' tables that no spec describes, without case."""

KEY_FAMILIES: Final = re.compile(r"(?:relationships|text_post_app|text_post)_[a-z_]+")
"""Keys of Meta's lists: what comes after is the list's name."""

ENUMERATED: Final = words(
    "generic regular regulargroup share call subscribe unsubscribe dm group_dm guild_text guild_voice user service "
    "people calls inline_bots personal_chat bot_chat saved_messages replies verification_codes private_group "
    "private_supergroup public_supergroup private_channel public_channel bold message mention invite_members web "
    "shopify other enabled disabled subscribed unsubscribed not_subscribed pending invalid redacted single_opt_in "
    "confirmed_opt_in unknown fb ig media snap tiktok incoming outgoing text image video none null true false yes no "
    "mobile home work cell fixed individual group org location"
) | {
    "added by phone", "added_by_username", "added by username", "added by mention", "deleted user", "instagram user",
    "facebook user", "linkedin member", "youtube#subscription", "youtube#channel", "inbox", "archive", "spam",
    "active patron", "i accept", "i agree", "accepted", "agreed", "acepto", "ich stimme zu", "i don't accept",
    "i do not accept", "i disagree", "no acepto", "declined patron", "former patron", "checked in", "not attending",
    "attending", "refunded",
}  # fmt: skip
"""Values that stand for a kind, a state or nobody, without case."""

HOSTS: Final = (
    "instagram.com", "facebook.com", "threads.com", "threads.net", "twitter.com", "x.com", "linkedin.com",
    "tiktok.com", "youtube.com", "snapchat.com", "t.me", "wa.me", "discord.com", "telegram.org", "whatsapp.com",
    "google.com", "googleusercontent.com", "fbcdn.net", "w3.org", "schema.org",
)  # fmt: skip
"""Hosts of platforms, which stay in addresses."""

PLACES: Final = words(
    "sms only results frequent chats css images style script "
    "http https www _u in pub channel intent user user_id p reel stories company profile php id "
    "account account_information accounts activity addresses all answer app archive archived_threads "
    "attendees audience blocked blocked_accounts blocked_profiles block bulk card chat chat_history chatexport "
    "cleaned clients close_friends compte connections contact contacts customers customer csv custom_lists data "
    "dataexport deals direct-messages direct-messages-group download e2ee_cutover email email_list events export "
    "exported facebook-you filtered_threads follower followers followers_and_following following following_accounts "
    "follow_requests_you friends friends_and_followers google group groups hide_story_from html htm import "
    "importedcontacts inbox index input instagram invitations js json jsonl jpg kunden lead leads like likes "
    "linkedindataexport basic complete list lists lista liste manifest market media members members_export message "
    "message_requests messages muted_accounts mute my mydata nonsubscribed notes orders other_personal_information "
    "about_you outlook package pages part people people_who_followed_you pending_follow_requests "
    "personal_information phonenumbers profiles profiles_you ve_favorited favorited profile_information photo "
    "received_friend_requests recent_follow_requests recently_unfollowed_accounts recently_unfollowed_profiles "
    "registration rejected_friend_requests removed_friends removed_suggestions report responses restricted_profiles "
    "result sales secret_conversations sent_friend_requests servers shopify signups skills sms_only snap_history "
    "subscribed subscribers subscriptions abos abonnements suscripciones abonnementen suggested_friends "
    "synced_contacts synced_contacts_from_instagram takeout threads threads_and_replies transaction_all transactions "
    "tsv tweet tweets twitter txt unsubscribed user_data user_data_tiktok vcf volger volgend wc whatsapp with mit met "
    "de con com avec do di conversa discussion who_you_ve_followed profiles_you_ve_favorited "
    "follow_requests_you_ve_received readme xlsx your your_activity_across_facebook "
    "your_address_books your_facebook_activity your_friends your_imported_contacts your_instagram_activity "
    "contacts_uploaded_before_2021 contacts_uploaded_from_your_phone youtube music and und et y zip etsysoldorders"
)
"""Names of files and folders, and the parts of platforms' addresses."""

CONTENT: Final = words(
    "content text message body full_text comment bio description note notes memo caption share_text subject summary "
    "headline biodescription contents reaction reactions biography"
) | {"buyer receipt message", "private notes", "additional details", "reason"}  # fmt: skip
"""Keys and headers of what people wrote, which becomes filler."""

TIMES: Final = re.compile(r"time|date|stamp|created|updated|_at$|at$|since|\bon$|expir|joined|seen|last|first")
"""Keys and headers of which a number may be a point in time."""


@cache
def answers() -> frozenset[str]:
    """Every cell that some spec of the package tells from others: states, yes and no."""
    found = set(table_spec.YES_WORDS | table_spec.NO_WORDS | ENUMERATED)
    for name in table_spec.builtin_names():
        found |= of_spec(table_spec.builtin(name))
    return frozenset(value.casefold() for value in found | meta_messages.DELETED)


@cache
def nobody() -> frozenset[str]:
    """Pieces of cells by which importers know rows that hold no person, such as test leads, or a complaint."""
    specs = (table_spec.builtin(name) for name in table_spec.builtin_names())
    said = {word.casefold() for spec in specs for skip in spec.skip for word in skip.contains if len(word) > 5}
    return frozenset(said | {"spam", "abuse", "complain", "admin", "spinmail"})


def of_spec(spec: table_spec.Spec) -> frozenset[str]:
    """The cells that one spec tells from others."""
    found = {value for consent in spec.consent for value in consent.values}
    found.update(word for skip in spec.skip for word in (*skip.equals, *skip.contains, *skip.other_than))
    if spec.purchases:
        found.update(spec.purchases.paid + spec.purchases.unpaid + spec.purchases.sales)
    return frozenset(word.casefold() for word in found)


@cache
def labels() -> frozenset[str]:
    """Field labels of Meta's exports in all languages that we know, and headers in the ten of tables."""
    found: set[str] = set()
    for module in (meta_labels, table_words):
        for value in vars(module).values():
            for words_of in value.values() if isinstance(value, dict) else (value,):
                if isinstance(words_of, frozenset):
                    found.update(word for word in words_of if isinstance(word, str))
    return frozenset(found)


def is_key(key: str) -> bool:
    """Whether `key` is a format's own."""
    folded = " ".join(key.split()).casefold()
    return folded in KEYS or folded in HEADERS or folded in labels() or KEY_FAMILIES.fullmatch(folded) is not None


@cache
def vocabulary() -> frozenset[str]:
    """Single words of all of these lists and of the specs' headers: a name that is one of them proves nothing."""
    known = ["example", *CARD_PROPERTIES, *HEADERS, *KEYS, *ENUMERATED, *PLACES, *answers(), *labels()]
    for name in table_spec.builtin_names():
        spec = table_spec.builtin(name)
        known += [key for layout in spec.layouts for key in layout.require]
        known += [key for keys in spec.columns.values() for key in keys]
        known += [key for point in spec.points for key in point.columns]
        known += [key for keys in spec.key for key in keys]
        known += [*spec.drop, *spec.owner, *spec.lists]
    return frozenset(word for text in known for word in re.findall(r"[^\W\d_]+", text.casefold()))
