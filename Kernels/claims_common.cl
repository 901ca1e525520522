// How the work-groups of one launch on a CPU share out one job after the other: whoever is free claims the next part, and who
// finds none left waits until all parts are done. So a group waits only for parts that a running one has claimed: OpenCL
// promises no group that another one ever runs, and a launch whose groups run one after the other gets done, too.
//
// A group begins with the same parts of each job, so that what it reads and wrote before lies in its caches, and goes on with those
// that others have not begun.
//
// What was written in a job's parts, all groups read in the next job. `words` are an integer for each group and one more, for
// each job, and then one; they are zero before a launch and after it. Included by network_cpu.cl.

#define CLAIMED(words, job) ((words) + (job) * ((int)get_num_groups(0) + 1))  // how many parts of each group's were claimed
#define DONE(words, job) (CLAIMED(words, job) + get_num_groups(0))            // how many parts are done

// The number of a part of a job that nobody has, or `parts`, with everything done that the job's parts do.
INLINE int claim(volatile global int *words, const int job, const int parts) {
  const int groups = get_num_groups(0);
  for (int tried = 0, g = get_group_id(0); tried < groups; tried++, g = g + 1 < groups ? g + 1 : 0) {
    const int first = (long)parts * g / groups, end = (long)parts * (g + 1) / groups;
    if (first == end || atomic_or(CLAIMED(words, job) + g, 0) >= end - first) continue;
    const int part = first + atomic_inc(CLAIMED(words, job) + g);
    if (part < end) return part;
  }
  while (atomic_or(DONE(words, job), 0) < parts) {
  }
  DEVICE_FENCE();
  return parts;
}

// Tells that a part is done.
INLINE void finish_part(volatile global int *words, const int job) {
  DEVICE_FENCE();
  atomic_inc(DONE(words, job));
}

// Runs what follows for each part of a job that the group claims.
#define FOR_CLAIMED(part, parts, words, job) \
  for (int part = claim(words, job, parts); part < (parts); finish_part(words, job), part = claim(words, job, parts))

// To be called by every group at its end: the last one makes the words of so many jobs ready for the next launch.
INLINE void forget_claims(volatile global int *words, const int jobs) {
  if (atomic_inc(CLAIMED(words, jobs)) + 1 < (int)get_num_groups(0)) return;
  for (volatile global int *word = words; word <= CLAIMED(words, jobs); word++) atomic_xchg(word, 0);
}
