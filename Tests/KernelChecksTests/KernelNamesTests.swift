import Testing

/// The list of kernels that `whittle verify` is held to leaves none out.
@Suite struct KernelNamesTests {
  @Test("kernels are found however they are written")
  func reader() {
    let text = """
      // kernel void commented(int a) {}
      kernel void plain(const int n) {
      }
      kernel __attribute__((reqd_work_group_size(WG, 1, 1))) void
          attributed(const int n) {}
      #define KERNEL kernel __attribute__((reqd_work_group_size(1, 1, 1))) void
      KERNEL aliased(const int n) {}
      #define MAKE(T, name, convert)            \\
        KERNEL name(global const T *x) { \\
        }
      MAKE(uchar, first, A)
      MAKE(float, second, B)
      inline void helper(const int n) {}
      """
    #expect(KernelNames.all(in: text) == ["plain", "attributed", "aliased", "first", "second"])
  }
}
