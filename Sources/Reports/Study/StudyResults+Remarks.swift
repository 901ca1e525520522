extension StudyResults {
  /// What a reader of the results must know of their completeness, in sentences; empty for a finished study.
  package var remarks: [String] {
    var lines = notes
    let missing = missing
    if !missing.isEmpty {
      let begun = missing.filter { key in runs.contains { $0.key == key } }.count
      lines.append(
        "This study is unfinished: \(planned.count - missing.count) of \(planned.count) runs are done, "
          + "\(begun) have begun. What there is, is shown.")
    } else if config == nil {
      let open = runs.filter { !$0.isFinished && $0.stoppedReason == nil }
      if !open.isEmpty { lines.append("This study is unfinished: \(open.count) runs have not ended.") }
    }
    let stopped = runs.filter { $0.stoppedReason != nil }
    if !stopped.isEmpty {
      let names = stopped.map { "\($0.key.name) (\($0.stoppedReason ?? ""))" }.joined(separator: "; ")
      lines.append("Stopped early and left out of the means: \(names).")
    }
    return lines
  }
}
