// How the work-groups of one launch wait for one another. OpenCL promises no group that another one ever runs, but those that
// have begun do go on, on every device that is known. So first they find out which have: a group that begins counts itself in,
// and takes part if the count was still open; it is closed when all are in, or some have waited for a while. Those that come
// later leave at once, and who takes part shares out the work (T. Sorensen et al., Portable Inter-workgroup Barrier
// Synchronisation for GPUs, OOPSLA 2016). So a launch cannot hang, whatever else the device runs.
//
// What a group wrote before meet() all others read after it. `words` are four integers that only these functions write, zeros
// before a launch, and after it again.

#define BEGUN 0    // Groups that have begun, and CLOSED
#define MEMBERS 1  // Groups that take part; 0 while the count is open
#define ARRIVED 2  // How often a group has come to a meeting
#define LEFT 3     // Groups that are done

#define CLOSED (1 << 30)
#ifndef PATIENCE
#define PATIENCE 128  // How often a group looks whether all have begun
#endif

#define SEEN(word) atomic_or(words + (word), 0)  // Never from a cache

INLINE bool is_first_item(void) { return get_local_id(0) == 0 && get_local_id(1) == 0; }

// The group's number among those that take part, and how many these are: 0 for a group that has to leave. Two integers of
// local memory take it to all of its items.
INLINE int2 join(volatile global int *words, local int *both) {
  if (is_first_item()) {
    const int groups = get_num_groups(0) * get_num_groups(1);
    const int own = atomic_inc(words + BEGUN);
    int members = 0;
    if (own < CLOSED) {
      for (int tries = 0; tries < PATIENCE && SEEN(BEGUN) < groups; tries++) {
      }
      const int begun = atomic_or(words + BEGUN, CLOSED);
      if (begun < CLOSED) atomic_xchg(words + MEMBERS, begun);
      while (members == 0) members = SEEN(MEMBERS);
    }
    both[0] = own;
    both[1] = members;
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  return (int2)(both[0], both[1]);
}

// Waits until all members are there for the `round`th time, counted from 1.
INLINE void meet(volatile global int *words, const int round, const int members) {
  barrier(CLK_GLOBAL_MEM_FENCE);
  if (is_first_item()) {
    DEVICE_FENCE();
    atomic_inc(words + ARRIVED);
    while (SEEN(ARRIVED) < round * members) {
    }
    DEVICE_FENCE();
  }
  barrier(CLK_GLOBAL_MEM_FENCE);
}

// To be called by every group at its end, those that do not take part too: the last one makes the words ready for the next
// launch.
INLINE void leave(volatile global int *words) {
  if (!is_first_item()) return;
  const int groups = get_num_groups(0) * get_num_groups(1);
  if (atomic_inc(words + LEFT) < groups - 1) return;
  for (int word = 0; word < 4; word++) atomic_xchg(words + word, 0);
}
