-- Words of new comments wait in a list that every search reads through. PostgreSQL lets it grow to 4 MB, a millisecond
-- and more a search; a sixteenth of that is read in no time, and is still worth its name when much is written.
alter index ticket_search_public_words_idx set (gin_pending_list_limit = 256);
alter index ticket_search_staff_words_idx set (gin_pending_list_limit = 256);
