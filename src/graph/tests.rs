use proptest::prelude::*;

use super::*;
use crate::model::from_yaml::{parse, pipelines};

/// The graph of a Pipeline of these tasks.
fn graph_of(tasks: &str) -> (TaskGraph, Sources) {
    let mut sources = Sources::default();
    let text = format!("apiVersion: tekton.dev/v1\nkind: Pipeline\nmetadata: {{name: p}}\nspec:\n{tasks}");
    let (_, objects) = parse(&mut sources, &text);
    let graph = TaskGraph::new(&sources, pipelines(&objects)[0]);
    (graph, sources)
}

fn causes(graph: &TaskGraph, sources: &Sources) -> Vec<(usize, usize, Cause, String)> {
    graph.edges().map(|(a, b, edge)| (a, b, edge.cause.clone(), sources.text(edge.span).to_owned())).collect()
}

#[test]
fn every_place_that_makes_a_task_wait_is_an_edge() {
    let (graph, sources) = graph_of(
        "  tasks:
  - name: a
    taskRef: {name: t}
  - {name: order, runAfter: [a], taskRef: {name: t}}
  - {name: param, taskRef: {name: t}, params: [{name: p, value: [x, 'is $(tasks.a.results.r1[0])']}]}
  - {name: when, taskRef: {name: t}, when: [{input: '$(tasks.a.results.r2)', operator: in, values: [b]}]}
  - {name: cel, taskRef: {name: t}, when: [{cel: \"'$(tasks.a.results.r3)' == ''\"}]}
  - {name: matrix, taskRef: {name: t}, matrix: {include: [{name: i, params: [{name: p, value: $(tasks.a.results.r4)}]}]}}
  - {name: embedded, taskSpec: {steps: [{name: s, image: i, script: 'echo $(tasks.a.results.r5.key)'}]}}
  - {name: length, taskRef: {name: t}, params: [{name: p, value: $(tasks.a.matrix.length)}]}
",
    );
    let result = |at, name: &str, spelling: &str| (0, at, Cause::Result(name.to_owned()), spelling.to_owned());
    let expected = [
        (0, 1, Cause::RunAfter, "a".to_owned()),
        result(2, "r1", "$(tasks.a.results.r1[0])"),
        result(3, "r2", "$(tasks.a.results.r2)"),
        result(4, "r3", "$(tasks.a.results.r3)"),
        result(5, "r4", "$(tasks.a.results.r4)"),
        result(6, "r5", "$(tasks.a.results.r5.key)"),
        (0, 7, Cause::Matrix, "$(tasks.a.matrix.length)".to_owned()),
    ];
    assert_eq!(causes(&graph, &sources), expected);
    assert!(graph.problems().is_empty());
}

#[test]
fn places_that_tekton_does_not_look_at_are_no_edges() {
    let (graph, _) = graph_of(
        "  tasks:
  - {name: a, taskRef: {name: t}}
  - name: b
    displayName: $(tasks.a.results.r)
    workspaces: [{name: w, subPath: $(tasks.a.results.r)}]
    taskSpec:
      description: $(tasks.a.results.r)
      volumes: [{name: v, configMap: {name: $(tasks.a.results.r)}}]
      steps: [{name: s, image: i, script: 'echo $(date) $(tasks.a.status)'}]
",
    );
    assert_eq!(graph.edges().count(), 0);
}

#[test]
fn unknown_names_and_cycles_are_problems() {
    let (graph, sources) = graph_of(
        "  tasks:
  - {name: a, runAfter: [c], taskRef: {name: t}}
  - {name: b, runAfter: [a, gone, last], taskRef: {name: t}}
  - {name: c, runAfter: [b], taskRef: {name: t}}
  - {name: self, runAfter: [self], taskRef: {name: t}}
  finally:
  - {name: last, taskRef: {name: t}, params: [{name: p, value: $(tasks.a.results.r)}]}
",
    );
    let told: Vec<_> =
        graph.problems().iter().map(|d| (d.code, d.message.as_str(), sources.text(d.labels[0].span))).collect();
    let expected = [
        (Code::UnknownDependency, "`b` waits for `gone`, which is no task of the Pipeline", "gone"),
        (Code::UnknownDependency, "`b` waits for `last`, which is no task of the Pipeline", "last"),
        (Code::TaskCycle, "tasks wait for each other: `a` -> `b` -> `c` -> `a`", "a"),
        (Code::TaskCycle, "`self` waits for itself", "self"),
    ];
    assert_eq!(told, expected);
    assert!(!graph.is_acyclic());
    assert_eq!((graph.longest_path(), graph.longest_path_with(&[0])), (None, None));
    assert_eq!(graph.order(&[0, 1, 2, 3, 4]).len(), 5);
}

/// A Pipeline with these edges, each from the first to the second task.
fn chain(count: usize, edges: &[(usize, usize)]) -> TaskGraph {
    let task = |task: usize| {
        let after: Vec<_> = edges.iter().filter(|(_, to)| *to == task).map(|(from, _)| format!("t{from}")).collect();
        format!("  - {{name: t{task}, taskRef: {{name: x}}, runAfter: [{}]}}\n", after.join(", "))
    };
    graph_of(&format!("  tasks:\n{}", (0..count).map(task).collect::<String>())).0
}

#[test]
fn groups_that_wait_for_each_other_are_found() {
    // t0 -> t1 and t2 -> t3, crossed: {t0, t3} waits for {t1, t2} and the other way round.
    let graph = chain(4, &[(0, 1), (2, 3)]);
    let cycles = graph.group_cycles(&[&[0, 3], &[1, 2]]);
    assert_eq!(cycles, [[Unit::Group(0), Unit::Group(1), Unit::Group(0)]]);
    assert!(graph.group_cycles(&[&[0, 2], &[1, 3]]).is_empty());
}

#[test]
fn a_group_is_as_long_as_its_members() {
    let graph = chain(4, &[(0, 1), (0, 2), (1, 3), (2, 3)]);
    assert_eq!(graph.longest_path(), Some(3));
    assert_eq!(graph.longest_path_with(&[1, 2]), Some(4));
    assert_eq!(graph.longest_path_with(&[0, 1]), Some(4), "t2 waits for t1 now");
}

#[test]
fn an_unrelated_task_outside_does_not_change_the_order_inside() {
    // t0 waits for t2; among t0 and t1 nothing is said.
    assert_eq!(chain(3, &[(2, 0)]).order(&[1, 0]), [0, 1]);
}

/// A random acyclic graph over tasks in random source order, and a set of its tasks.
fn cases() -> impl Strategy<Value = (usize, Vec<(usize, usize)>, Vec<usize>)> {
    (2usize..8).prop_flat_map(|count| {
        let places = Just((0..count).collect::<Vec<_>>()).prop_shuffle();
        let pairs = prop::collection::vec((0..count, 0..count), 0..14);
        let members = prop::sample::subsequence((0..count).collect::<Vec<_>>(), 1..=count);
        (places, pairs, members).prop_map(move |(places, pairs, members)| {
            let forward = pairs.into_iter().filter(|(a, b)| a < b);
            let edges: BTreeSet<_> = forward.map(|(a, b)| (places[a], places[b])).collect();
            (count, edges.into_iter().collect(), members)
        })
    })
}

/// Whether some path goes from a member over a task outside to a member: by walking all paths.
fn leaves_and_returns(edges: &[(usize, usize)], members: &[usize], at: usize, left: bool) -> bool {
    edges.iter().filter(|(from, _)| *from == at).any(|&(_, to)| {
        let inside = members.contains(&to);
        left && inside || leaves_and_returns(edges, members, to, left || !inside)
    })
}

fn convex(edges: &[(usize, usize)], members: &[usize]) -> bool {
    !members.iter().any(|&member| leaves_and_returns(edges, members, member, false))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn the_convexity_verdict_is_that_of_all_paths((count, edges, members) in cases()) {
        let graph = chain(count, &edges);
        let detour = graph.detour(&members);
        prop_assert_eq!(detour.is_none(), convex(&edges, &members));
        prop_assert_eq!(graph.between(&members).is_empty(), detour.is_none());
        // One group that is not convex waits for itself.
        prop_assert_eq!(graph.group_cycles(&[&members]).is_empty(), detour.is_none());
        if let Some(path) = detour {
            prop_assert!(path.windows(2).all(|pair| edges.contains(&(pair[0], pair[1]))));
            prop_assert!(members.contains(&path[0]) && members.contains(&path[path.len() - 1]));
            prop_assert!(path.len() > 2 && path[1..path.len() - 1].iter().all(|task| !members.contains(task)));
            let mut closed = members.clone();
            closed.extend(graph.between(&members));
            prop_assert!(convex(&edges, &closed), "adding what lies between helps");
        }
    }

    #[test]
    fn what_is_measured_near_a_group_is_what_the_whole_graph_says((count, edges, members) in cases()) {
        prop_assume!(convex(&edges, &members));
        let graph = chain(count, &edges);
        let inside: BTreeSet<usize> = members.iter().copied().collect();
        for task in 0..count {
            let before: BTreeSet<usize> = graph.ancestors(task).intersection(&inside).copied().collect();
            let found = match inside.contains(&task) {
                true => graph.ancestors_within(task, &inside),
                false => graph.members_before(task, &inside),
            };
            prop_assert_eq!(found, before);
        }
        // The same graph with an edge from each member to the next, and all of them as close as one task.
        let order = graph.order(&members);
        let (first, last) = (order[0], order[order.len() - 1]);
        let mut fused: Vec<(usize, usize)> = order.windows(2).map(|pair| (pair[0], pair[1])).collect();
        fused.extend(edges.iter().map(|&(from, to)| match (inside.contains(&from), inside.contains(&to)) {
            (true, true) => (from, to),
            (true, false) => (last, to),
            (false, true) => (from, first),
            (false, false) => (from, to),
        }));
        prop_assert_eq!(graph.longest_path_with(&members), chain(count, &fused).longest_path());
    }

    #[test]
    fn splitting_gives_convex_groups_that_do_not_wait_for_each_other((count, edges, members) in cases()) {
        let graph = chain(count, &edges);
        let pieces = graph.split(&members);
        let mut all: Vec<_> = pieces.concat();
        all.sort_unstable();
        prop_assert_eq!(&all, &members);
        prop_assert!(pieces.iter().all(|piece| convex(&edges, piece)));
        let slices: Vec<&[usize]> = pieces.iter().map(Vec::as_slice).collect();
        prop_assert!(graph.group_cycles(&slices).is_empty());
        prop_assert_eq!(pieces.len() == 1, convex(&edges, &members));
    }

    #[test]
    fn the_order_is_topological_and_follows_the_source((count, edges, members) in cases()) {
        let order = chain(count, &edges).order(&members);
        let place = |task: usize| order.iter().position(|&other| other == task);
        prop_assert_eq!(order.len(), members.len());
        for &(from, to) in &edges {
            if let (Some(from), Some(to)) = (place(from), place(to)) {
                prop_assert!(from < to);
            }
        }
        // At each place stands the first task of the source that could stand there.
        for at in 0..order.len() {
            let free = |task: &&usize| !edges.iter().any(|(from, to)| to == *task && order[at..].contains(from));
            prop_assert_eq!(order[at..].iter().filter(free).min(), Some(&order[at]));
        }
    }
}
