-- Room in each page for a second version of all of its rows: what a claim writes stays in the page of its task, and so does what
-- a completion writes, in the place of the version that the claim left behind. With 70 a third of the completions found no
-- room, and entered every index anew; with 50 it is 1 in 30, with a fifth less WAL, and a table of finished tasks is as large.
alter table taskproc.tasks set (fillfactor = 50);
