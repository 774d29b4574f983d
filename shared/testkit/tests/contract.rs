//! The memory ports keep the contracts that the real neighbours keep.

#![allow(clippy::unwrap_used, reason = "all of this is test code")]

mod letterboxes;

mod posts {
    testkit::posts_contract!(testkit::memory::MemoryPosts::default());
}

mod connections {
    testkit::connections_contract!(testkit::memory::MemoryConnections::default());
}

mod oauth_states {
    testkit::oauth_states_contract!(testkit::memory::MemoryStates::default());
}

mod rate_limits {
    testkit::rate_limits_contract!(testkit::memory::MemoryRateLimits::default());
}

mod media_shelf {
    testkit::media_shelf_contract!(testkit::media::MemoryShelf::default());
}

mod files {
    use std::sync::Arc;

    use testkit::contract::files::Place;
    use testkit::media::MemoryFiles;

    fn place() -> Place {
        let files = Arc::new(MemoryFiles::default());
        Place { files: Arc::<MemoryFiles>::clone(&files), sender: files }
    }

    testkit::files_contract!(place());
}

mod analytics {
    testkit::analytics_contract!(testkit::memory_analytics::MemoryAnalytics::default());
}

mod gates {
    testkit::gates_contract!(testkit::memory::MemoryGates::default());
}

/// A worker keeps the same contract with what it remembers, as long as nobody else closes.
mod recent_gates {
    use domain::gates::RecentGates;
    use testkit::memory::MemoryGates;

    testkit::gates_contract!(RecentGates::new(MemoryGates::default()));
}

mod queues {
    testkit::queues_contract!(crate::letterboxes::queues());
}

mod schedules {
    testkit::schedules_contract!(crate::letterboxes::schedules());
}

mod events {
    testkit::events_contract!(crate::letterboxes::events());
}

mod vault {
    use std::sync::Arc;

    use testkit::contract::vault::Place;
    use testkit::memory::MemoryVault;

    testkit::vault_contract!(Place { here: Arc::new(MemoryVault), there: Arc::new(MemoryVault) });
}
