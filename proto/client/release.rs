//! Releases: how they are made, reviewed, published and read.

use std::time::Duration;

use tonic::Streaming;

use super::{ClientError, Connection};
use crate::page_size;
use crate::v1::{
    ApproveReleaseRequest, CreateReleaseRequest, DiffReleasesRequest, DiffReleasesResponse, DiscardReleaseRequest,
    GetReleaseRequest, ListReleasesRequest, PublishReleaseRequest, Release, RestoreReleaseRequest,
    ReviewReleaseRequest, ReviewReleaseResponse, WatchReleasesRequest, WatchReleasesResponse,
};

/// Computes a release and freezes it as a draft. This may take as long as a submission.
///
/// # Errors
///
/// [`ClientError::Refused`], [`ClientError::Lost`] or [`ClientError::TimedOut`].
pub async fn create_release(connection: &Connection, request: CreateReleaseRequest) -> Result<Release, ClientError> {
    let made = async { whole(connection.releases().create_release(request).await?.into_inner().release) };
    connection.submission(made).await
}

/// One release, without its observations.
///
/// # Errors
///
/// [`ClientError::Refused`], [`ClientError::Lost`] or [`ClientError::TimedOut`].
pub async fn get_release(connection: &Connection, name: &str) -> Result<Release, ClientError> {
    let request = GetReleaseRequest { name: name.to_owned() };
    let found = async { whole(connection.releases().get_release(request).await?.into_inner().release) };
    connection.answer(found).await
}

/// The releases that the caller may see, the latest first. They are read page by page.
///
/// # Errors
///
/// [`ClientError::Refused`], [`ClientError::Lost`] or [`ClientError::TimedOut`].
pub async fn releases(connection: &Connection) -> Result<Vec<Release>, ClientError> {
    let pages = async {
        let mut service = connection.releases();
        let mut request = ListReleasesRequest::default();
        let mut releases = Vec::new();
        loop {
            let page = service.list_releases(request.clone()).await?.into_inner();
            releases.extend(page.releases);
            if page.next_page_token.is_empty() {
                return Ok(releases);
            }
            request.page_token = page.next_page_token;
        }
    };
    connection.answer(pages).await
}

/// What a reviewer is told of a release, with all observations that are withheld. They are read page by page.
///
/// # Errors
///
/// [`ClientError::Refused`], [`ClientError::Lost`] or [`ClientError::TimedOut`].
pub async fn review_release(connection: &Connection, name: &str) -> Result<ReviewReleaseResponse, ClientError> {
    let pages = async {
        let mut service = connection.releases();
        let mut request = ReviewReleaseRequest {
            name: name.to_owned(),
            page_size: page_size::LARGEST.into(),
            page_token: String::new(),
        };
        let mut told = service.review_release(request.clone()).await?.into_inner();
        while !told.next_page_token.is_empty() {
            request.page_token = std::mem::take(&mut told.next_page_token);
            let page = service.review_release(request.clone()).await?.into_inner();
            told.withheld.extend(page.withheld);
            told.next_page_token = page.next_page_token;
        }
        Ok(told)
    };
    connection.answer(pages).await
}

/// Approves a draft.
///
/// # Errors
///
/// [`ClientError::Refused`], [`ClientError::Lost`] or [`ClientError::TimedOut`].
pub async fn approve_release(
    connection: &Connection,
    request: ApproveReleaseRequest,
) -> Result<Release, ClientError> {
    let approved = async { whole(connection.releases().approve_release(request).await?.into_inner().release) };
    connection.answer(approved).await
}

/// Publishes an approved release.
///
/// # Errors
///
/// [`ClientError::Refused`], [`ClientError::Lost`] or [`ClientError::TimedOut`].
pub async fn publish_release(connection: &Connection, name: &str) -> Result<Release, ClientError> {
    let request = PublishReleaseRequest { name: name.to_owned() };
    let published = async { whole(connection.releases().publish_release(request).await?.into_inner().release) };
    connection.answer(published).await
}

/// Discards a release that was not published.
///
/// # Errors
///
/// [`ClientError::Refused`], [`ClientError::Lost`] or [`ClientError::TimedOut`].
pub async fn discard_release(
    connection: &Connection,
    request: DiscardReleaseRequest,
) -> Result<Release, ClientError> {
    let discarded = async { whole(connection.releases().discard_release(request).await?.into_inner().release) };
    connection.answer(discarded).await
}

/// Puts a superseded release into the place of the one that superseded it.
///
/// # Errors
///
/// [`ClientError::Refused`], [`ClientError::Lost`] or [`ClientError::TimedOut`].
pub async fn restore_release(
    connection: &Connection,
    request: RestoreReleaseRequest,
) -> Result<Release, ClientError> {
    let restored = async { whole(connection.releases().restore_release(request).await?.into_inner().release) };
    connection.answer(restored).await
}

/// All differences between two releases. They are read page by page.
///
/// # Errors
///
/// [`ClientError::Refused`], [`ClientError::Lost`] or [`ClientError::TimedOut`].
pub async fn diff_releases(
    connection: &Connection,
    from: &str,
    to: &str,
) -> Result<DiffReleasesResponse, ClientError> {
    let pages = async {
        let mut service = connection.releases();
        let mut request = DiffReleasesRequest {
            from: from.to_owned(),
            to: to.to_owned(),
            page_size: page_size::LARGEST.into(),
            page_token: String::new(),
        };
        let mut told = service.diff_releases(request.clone()).await?.into_inner();
        while !told.next_page_token.is_empty() {
            request.page_token = std::mem::take(&mut told.next_page_token);
            let page = service.diff_releases(request.clone()).await?.into_inner();
            told.differences.extend(page.differences);
            told.next_page_token = page.next_page_token;
        }
        Ok(told)
    };
    connection.answer(pages).await
}

/// Follows releases: see [`ReleaseWatch::next`].
///
/// # Errors
///
/// [`ClientError::Refused`], [`ClientError::Lost`] or [`ClientError::TimedOut`].
pub async fn watch_releases(connection: &Connection) -> Result<ReleaseWatch, ClientError> {
    let opened = async { Ok(connection.releases().watch_releases(WatchReleasesRequest {}).await?.into_inner()) };
    Ok(ReleaseWatch { news: connection.answer(opened).await?, connection: connection.clone() })
}

/// What a watch of releases tells.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// A release was published or restored.
    InForce(Box<Release>),
    /// None was, within the longest wait. The watch goes on.
    NothingYet,
    /// The exchange stops, and tells nothing more.
    Ended,
}

/// Tells of releases as they are published or restored.
#[derive(Debug)]
pub struct ReleaseWatch {
    news: Streaming<WatchReleasesResponse>,
    connection: Connection,
}

impl ReleaseWatch {
    /// The next release that is published or restored. Without a longest wait it waits for any time: the limit of the
    /// connection's calls does not hold for it.
    ///
    /// # Errors
    ///
    /// [`ClientError::Refused`] or [`ClientError::Lost`].
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), peelian::client::ClientError> {
    /// use peelian::client::{Connection, News, watch_releases};
    ///
    /// let connection = Connection::open("127.0.0.1:50829").await?;
    /// let mut watch = watch_releases(&connection).await?;
    /// while let News::InForce(release) = watch.next(None).await? {
    ///     println!("{} is in force", release.name);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn next(&mut self, longest_wait: Option<Duration>) -> Result<News, ClientError> {
        let news = &mut self.news;
        let next = async {
            match news.message().await? {
                Some(told) => Ok(News::InForce(Box::new(whole(told.release)?))),
                None => Ok(News::Ended),
            }
        };
        let next = self.connection.unlimited(next);
        match longest_wait {
            None => next.await,
            Some(longest_wait) => tokio::time::timeout(longest_wait, next).await.unwrap_or(Ok(News::NothingYet)),
        }
    }
}

/// Name of a release from its identifier, or from its name. Empty stays empty: it means no release.
///
/// ```
/// use peelian::client::release_name;
///
/// assert_eq!(release_name("2017-03"), "releases/2017-03");
/// assert_eq!(release_name("releases/2017-03"), "releases/2017-03");
/// assert_eq!(release_name(""), "");
/// ```
#[must_use]
pub fn release_name(text: &str) -> String {
    if text.is_empty() || text.starts_with("releases/") { text.to_owned() } else { format!("releases/{text}") }
}

fn whole(release: Option<Release>) -> Result<Release, ClientError> {
    release.ok_or(ClientError::Incomplete("release"))
}
