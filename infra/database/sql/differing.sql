-- In one snapshot, in which the trigger has kept both equal: any row that only one of them has?
SELECT EXISTS (
    SELECT FROM public.{parent}_default AS held
    FULL JOIN {staging}.{parent} AS copy ON {same}
    WHERE held.created_at IS NULL OR copy.created_at IS NULL
)
