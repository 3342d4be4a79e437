-- The tasks of tasks.json as plain SQL: psql "$DATABASE_URL" -f seed/tasks.sql
-- One attempt each: those that fail (about 1 in 10) end in `error` with their message.

set client_encoding = 'UTF8';

insert into taskproc.tasks (kind, payload, max_attempts) values
  ('reverse', '"hello world"', 1),
  ('reverse', '"the quick brown fox jumps over the lazy dog"', 1),
  ('reverse', '"Order #10482 has shipped"', 1),
  ('reverse', '"Reset your password"', 1),
  ('reverse', '"Weekly report, 14 pages"', 1),
  ('reverse', '"invoice-2041.pdf"', 1),
  ('reverse', '"ada.lovelace@example.com"', 1),
  ('reverse', '"https://example.com/pricing?plan=team"', 1),
  ('reverse', '"Your table for four is booked, 19:30"', 1),
  ('reverse', '"Łódź, Málaga, São Paulo"', 1),
  ('reverse', '"thumbnail 320x240"', 1),
  ('reverse', '"SKU-7731-BLUE-M"', 1),
  ('reverse', '"Merci beaucoup, à bientôt"', 1),
  ('reverse', '"+44 20 7946 0958"', 1),
  ('reverse', '"Parcel left with a neighbour"', 1),
  ('reverse', '"drawer"', 1),
  ('reverse', '"stressed"', 1),
  ('reverse', '"{\"nested\": \"json is just text here\"}"', 1),
  ('reverse', '"one two three four five six seven eight nine ten"', 1),
  ('reverse', '"It''s five o''clock somewhere"', 1);
